"""What all of these scripts do: tasks times models, a line for each, and a sum. Needs OPENAI_BASE_URL and
OPENAI_API_KEY of a gateway with the simulator behind it, and MODELS, separated by commas."""
import asyncio
import inspect
import os
import sys

MODELS = os.environ["MODELS"].split(",")
URL, KEY = os.environ["OPENAI_BASE_URL"], os.environ["OPENAI_API_KEY"]


def run(client, *tasks, models=MODELS):
    failed = 0
    for task in tasks:
        for model in models:
            try:
                done = task(model)
                if inspect.isawaitable(done):
                    asyncio.run(asyncio.wait_for(done, 120))
                print(f"ok   {client} {task.__name__} {model}", flush=True)
            except Exception as error:  # whatever the client makes of it
                failed += 1
                print(f"FAIL {client} {task.__name__} {model}: {type(error).__name__}: {str(error)[:400]}", flush=True)
    print(f"sum  {client} {len(tasks) * len(models) - failed} of {len(tasks) * len(models)}", flush=True)
    sys.exit(1 if failed else 0)
