from importlib.metadata import version

import instructor
import openai
from pydantic import BaseModel
from tasks import run


class City(BaseModel):
    name: str


def extract(model, mode):
    client = instructor.from_openai(openai.OpenAI(max_retries=0, timeout=60), mode=mode)
    return client.chat.completions.create(model=model, response_model=City, max_retries=0,
                                          messages=[{"role": "user", "content": "Which city?"}])


def by_tools(model):
    assert extract(model, instructor.Mode.TOOLS).name


def by_schema(model):
    assert extract(model, instructor.Mode.JSON_SCHEMA).name


def partly(model):
    client = instructor.from_openai(openai.OpenAI(max_retries=0, timeout=60))
    parts = list(client.chat.completions.create_partial(model=model, response_model=City, max_retries=0,
                                                        messages=[{"role": "user", "content": "Which city?"}]))
    assert parts[-1].name


run(f"instructor {version('instructor')}", by_tools, by_schema, partly)
