"""xAI, seen through the OpenAI SDK: what thinks goes by Responses, what does not by chat."""
import openai
import pytest
from vendors import Vendor, WithTools, ask, catalogue_sim, sdk, sent, vendor_gateway


@pytest.fixture(scope="module")
def sim(certificate):
    with catalogue_sim(certificate) as sim:
        yield sim


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, sim, certificate):
    with vendor_gateway(tmp_path_factory.mktemp("gw"), sim, certificate, "xai", "/xai/v1") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def client(gateway):
    with sdk(gateway, "xai") as client:
        yield client


class TestThinking(Vendor, WithTools):
    model = "grok-4.5"

    def test_reasoning(self, client, sim):
        usage = ask(client, self.model, "[[sim:reasoning=50,output_tokens=70]]", reasoning_effort="low").usage
        assert usage.completion_tokens == 70 and usage.completion_tokens_details.reasoning_tokens == 50
        assert "/v1/responses" in sent(sim)

    def test_an_effort_it_does_not_know_is_refused(self, client):
        with pytest.raises(openai.BadRequestError) as refused:
            ask(client, self.model, reasoning_effort="none")
        assert refused.value.param == "reasoning_effort"


class TestPlain(Vendor, WithTools):
    model = "grok-4.20-0309-non-reasoning"

    def test_stop_is_taken(self, client, sim):
        ask(client, self.model, stop=["x"])
        assert "/v1/chat/completions" in sent(sim) and "stop" in sent(sim)


@pytest.mark.parametrize("fault, error, code", [
    ("401", openai.InternalServerError, "provider_auth_failed"),
    ("429", openai.RateLimitError, "rate_limit_exceeded"),
    ("503", openai.InternalServerError, "provider_unavailable"),
])
def test_failures_are_told_in_our_words(client, fault, error, code):
    with pytest.raises(error) as failed:
        ask(client, "grok-4.5", f"[[sim:fault={fault}]]")
    assert failed.value.code == code
    assert "team" not in str(failed.value)
