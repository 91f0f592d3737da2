from importlib.metadata import version

from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, Runner, function_tool, set_tracing_disabled
from openai import AsyncOpenAI
from pydantic import BaseModel
from tasks import run

set_tracing_disabled(True)


class City(BaseModel):
    name: str


@function_tool
def weather(city: str) -> str:
    """Tells the weather."""
    return "sunny in " + city


def agent(model, **more):
    client = AsyncOpenAI(max_retries=0, timeout=60)
    return Agent(name="a", instructions="Be brief.", model=OpenAIChatCompletionsModel(model=model, openai_client=client),
                 model_settings=ModelSettings(temperature=0.1, **more.pop("settings", {})), **more)


async def chat(model):
    assert (await Runner.run(agent(model), "Say hello.")).final_output


async def tool_loop(model):
    assert (await Runner.run(agent(model, tools=[weather], settings={"tool_choice": "required"}), "Weather in Bern?")).final_output


async def streamed(model):
    result = Runner.run_streamed(agent(model, tools=[weather]), "Weather in Bern?")
    async for _ in result.stream_events():
        pass
    assert result.final_output


async def structured(model):
    assert (await Runner.run(agent(model, output_type=City), "Which city?")).final_output.name


run(f"openai-agents {version('openai-agents')}", chat, tool_loop, streamed, structured)
