import json

import openai
from pydantic import BaseModel
from tasks import run

client = openai.OpenAI(max_retries=0, timeout=60)
tools = [{"type": "function", "function": {"name": "weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]


class City(BaseModel):
    name: str


def ask(model, text="Say hello.", **more):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)


def chat(model):
    assert ask(model, temperature=0).choices[0].message.content


def stream(model):
    assert "".join(c.choices[0].delta.content or "" for c in ask(model, stream=True, stop=["never"]) if c.choices)


def tool(model):
    call = ask(model, tools=tools, tool_choice="required").choices[0].message.tool_calls[0]
    assert "city" in json.loads(call.function.arguments)


def parsed(model):
    answer = client.chat.completions.parse(model=model, messages=[{"role": "user", "content": "Which?"}], response_format=City)
    assert answer.choices[0].message.parsed.name


run(f"openai {openai.__version__}", chat, stream, tool, parsed)
