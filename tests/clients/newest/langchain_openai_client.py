from importlib.metadata import version

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from tasks import run


class City(BaseModel):
    """A city."""
    name: str


@tool
def weather(city: str) -> str:
    """Tells the weather."""
    return "sunny in " + city


def llm(model, **more):
    return ChatOpenAI(model=model, temperature=0.2, max_retries=0, timeout=60, use_responses_api=False, **more)


def chat(model):
    assert llm(model).invoke("Say hello.").content


def stream(model):
    assert "".join(c.content for c in llm(model).stream("Say hello.", stop=["Observation:"]))


def forced_tool(model):
    calls = llm(model).bind_tools([weather], tool_choice="any").invoke("Weather in Bern?").tool_calls
    assert calls[0]["name"] == "weather"


def function_calling(model):
    assert llm(model).with_structured_output(City, method="function_calling").invoke("Which city?").name


def json_schema(model):
    assert llm(model).with_structured_output(City, method="json_schema").invoke("Which city?").name


def loop(model):
    from langchain.agents import create_agent
    out = create_agent(llm(model), [weather]).invoke({"messages": [{"role": "user", "content": "Weather in Bern?"}]})
    assert out["messages"][-1].content


run(f"langchain-openai {version('langchain-openai')}", chat, stream, forced_tool, function_calling, json_schema, loop)
