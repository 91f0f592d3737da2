from importlib.metadata import version

from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel
from tasks import KEY, URL, run


class City(BaseModel):
    """A city."""
    name: str


def llm(model):
    return OpenAILike(model=model, api_base=URL, api_key=KEY, is_chat_model=True, is_function_calling_model=True,
                      context_window=100000, max_retries=0, timeout=60)


def weather(city: str) -> str:
    """Tells the weather."""
    return "sunny in " + city


def chat(model):
    assert llm(model).chat([ChatMessage(role="user", content="Say hello.")]).message.content


def complete(model):
    assert llm(model).complete("Say hello.").text


def stream(model):
    assert "".join(c.delta or "" for c in llm(model).stream_chat([ChatMessage(role="user", content="Say hello.")]))


def tool(model):
    answer = llm(model).chat_with_tools([FunctionTool.from_defaults(weather)], user_msg="Weather in Bern?", tool_required=True)
    assert llm(model).get_tool_calls_from_response(answer)[0].tool_name == "weather"


def structured(model):
    assert llm(model).structured_predict(City, PromptTemplate("Which city?")).name


run(f"llama-index {version('llama-index-core')}", chat, complete, stream, tool, structured)
