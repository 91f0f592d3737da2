"""Runs the scripts of this folder against a gateway with the simulator behind it; see README.md. Argument: the folder
that the clients are installed in."""
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "integration"))
from harness import Gateway, make_certificate  # noqa: E402
from vendors import catalogue_sim  # noqa: E402

PATHS = {"openai": "/v1", "anthropic": "/anthropic", "gemini": "/gemini", "xai": "/xai/v1", "perplexity": "/perplexity"}
MODELS = ["gpt-4o", "gpt-5.6-sol", "claude-opus-5-5", "gemini-3.8-flash", "grok-4.5", "perplexity/sonar"]


def scripts(installed):
    for folder, name in (("openai", "openai_sdk"), ("langchain", "langchain_openai_client"), ("llama", "llama_index_client"),
                         ("agents", "openai_agents_client"), ("instructor", "instructor_client"), ("aider", "aider_client")):
        yield [installed / folder / "bin/python", HERE / f"{name}.py"]
    # Modules are looked for beside the script.
    yield ["node", installed / "js/aisdk.mjs"]
    yield ["bash", HERE / "promptfoo.sh", installed / "promptfoo"]


def main(installed):
    (installed / "js/aisdk.mjs").write_text((HERE / "aisdk.mjs").read_text())
    failed, lines = False, []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        certificate = make_certificate(folder)
        with catalogue_sim(certificate) as sim:
            providers = {name: {"base_url": f"https://localhost:{sim.port}{path}", "ca_file": str(certificate[0])}
                         for name, path in PATHS.items()}
            (folder / "gateway").mkdir()
            gateway = Gateway(folder / "gateway", providers).start()
            gateway.seed()
            key = gateway.new_key(models=["*", "*/*"])["key"]
            env = {**os.environ, "OPENAI_BASE_URL": gateway.url + "/v1", "OPENAI_API_KEY": key, "MODELS": ",".join(MODELS)}
            only = os.environ.get("TSG_CLIENTS", "")  # part of a script's name: that one alone
            for command in scripts(installed):
                if only not in str(command[1]):
                    continue
                done = subprocess.run([str(word) for word in command], cwd=HERE, env=env, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                said = [line for line in done.stdout.splitlines() if line.startswith(("ok ", "FAIL ", "sum "))]
                print("\n".join(said), flush=True)
                if done.returncode and not any(line.startswith("FAIL ") for line in said):
                    print(f"FAIL {pathlib.Path(command[1]).name} {done.stderr.strip()[-600:]}", flush=True)
                failed |= done.returncode != 0
                lines += [line for line in said if line.startswith("sum ")]
            failed |= gateway.stop() != 0
            code, text = gateway.verify()
            failed |= code != 0
    print("\n" + "\n".join(lines) + f"\n{text.strip().splitlines()[-1]}")
    return failed


sys.exit(main(pathlib.Path(sys.argv[1])))
