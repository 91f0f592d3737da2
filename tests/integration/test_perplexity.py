"""Perplexity's Agent API and the older Sonar, seen through the OpenAI SDK."""
import openai
import pytest
from vendors import TOOLS, Vendor, WithTools, ask, catalogue_sim, sdk, sent, vendor_gateway


@pytest.fixture(scope="module")
def sim(certificate):
    with catalogue_sim(certificate) as sim:
        yield sim


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, sim, certificate):
    with vendor_gateway(tmp_path_factory.mktemp("gw"), sim, certificate, "perplexity", "/perplexity") as gateway:
        yield gateway


@pytest.fixture(scope="module")
def client(gateway):
    with sdk(gateway, "perplexity") as client:
        yield client


@pytest.fixture(scope="module")
def old_gateway(tmp_path_factory, sim, certificate):
    with vendor_gateway(tmp_path_factory.mktemp("gw"), sim, certificate, "old", "/perplexity",
                        dialect="perplexity-sonar") as gateway:
        yield gateway


class TestAgent(Vendor, WithTools):
    model = "perplexity/sonar"

    def test_search_is_forced_and_its_sources_come_along(self, client, sim):
        answer = ask(client, self.model, "[[sim:searches=1]]")
        assert "web_search" in sent(sim) and "/v1/agent" in sent(sim)
        assert answer.model_extra["citations"] == ["https://example.org/sim"]
        assert answer.model_extra["search_results"][0]["title"] == "Simulated"

    def test_sources_of_a_stream_come_with_the_usage(self, client):
        chunks = list(ask(client, self.model, "[[sim:searches=1]]", stream=True, stream_options={"include_usage": True}))
        assert chunks[-1].model_extra["citations"] == ["https://example.org/sim"]

    def test_a_function_called_like_their_search_keeps_its_name(self, client, sim):
        tools = [{"type": "function", "function": {"name": "web_search", "parameters": {"type": "object", "properties": {}}}}]
        message = ask(client, self.model, "[[sim:tool=fn_web_search]]", tools=tools).choices[0].message
        assert message.tool_calls[0].function.name == "web_search"


class TestCreatorsModel(Vendor, WithTools):
    model = "perplexity/openai/gpt-6-luna"


class TestSonar(Vendor):
    model = "old/sonar"

    @pytest.fixture
    def client(self, old_gateway):
        with sdk(old_gateway, "old") as client:
            yield client

    def test_tools_are_refused(self, client):
        with pytest.raises(openai.BadRequestError) as refused:
            ask(client, self.model, tools=TOOLS)
        assert refused.value.param == "tools"

    def test_sources(self, client):
        assert ask(client, self.model).model_extra["citations"] == ["https://example.org/sim"]


@pytest.mark.parametrize("fault, error, code", [
    ("401", openai.InternalServerError, "provider_auth_failed"),
    ("429", openai.RateLimitError, "rate_limit_exceeded"),
    ("503", openai.InternalServerError, "provider_unavailable"),
])
def test_failures_are_told_in_our_words(client, fault, error, code):
    with pytest.raises(error) as failed:
        ask(client, "perplexity/sonar", f"[[sim:fault={fault}]]")
    assert failed.value.code == code
