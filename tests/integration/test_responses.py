"""OpenAI models that need the Responses API, seen through chat completions."""
import openai
import pytest
from vendors import TOOLS, Vendor, WithTools, ask, catalogue_sim, sdk, sent, vendor_gateway


@pytest.fixture(scope="module")
def sim(certificate):
    with catalogue_sim(certificate) as sim:
        yield sim


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, sim, certificate):
    with vendor_gateway(tmp_path_factory.mktemp("gw"), sim, certificate, "openai", "/openai/v1") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def client(gateway):
    with sdk(gateway, "openai") as client:
        yield client


class TestResponsesOnly(Vendor, WithTools):
    model = "gpt-5.3-codex"

    def test_nothing_is_kept_and_thoughts_are_asked_for(self, client, sim):
        ask(client, self.model, "[[sim:reasoning=50,output_tokens=70]]", reasoning_effort="high")
        body = sent(sim)
        assert '\\"store\\":false' in body and "reasoning.encrypted_content" in body and "/v1/responses" in body

    def test_reasoning_is_counted_inside_the_output(self, client):
        usage = ask(client, self.model, "[[sim:reasoning=50,output_tokens=70]]").usage
        assert usage.completion_tokens == 70 and usage.completion_tokens_details.reasoning_tokens == 50

    def test_what_responses_cannot_do_is_refused(self, client):
        with pytest.raises(openai.BadRequestError) as refused:
            ask(client, self.model, n=2)
        assert refused.value.code == "unsupported_parameter" and refused.value.param == "n"


def test_tools_decide_the_api_of_newer_models(client, sim):
    ask(client, "gpt-5.6-sol")
    assert "/v1/chat/completions" in sent(sim)
    ask(client, "gpt-5.6-sol", tools=TOOLS)
    assert "/v1/responses" in sent(sim)
    ask(client, "gpt-5.6-sol", tools=TOOLS, reasoning_effort="none")
    assert "/v1/chat/completions" in sent(sim)
