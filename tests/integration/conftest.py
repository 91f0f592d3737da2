import openai
import pytest
from harness import Gateway, Sim, make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def sim(certificate):
    sim = Sim(*certificate)
    yield sim
    sim.stop()


def providers_of(sim, certificate):
    trusted = {"dialect": "openai", "ca_file": str(certificate[0])}
    return {
        "openai": {"base_url": sim.base_url(), **trusted},
        "wrong-host": {"base_url": sim.base_url("127.0.0.1"), **trusted},
        "unknown-ca": {"dialect": "openai", "base_url": sim.base_url()},
    }


@pytest.fixture
def make_gateway(tmp_path_factory, sim, certificate):
    """Gateways of one test; what is still running at its end is stopped."""
    made = []

    def make(more=None, **config):  # `more` of a provider's configuration, by its name
        providers = {name: {**p, **(more or {}).get(name, {})} for name, p in providers_of(sim, certificate).items()}
        gateway = Gateway(tmp_path_factory.mktemp("gw"), providers, **config).start()
        made.append(gateway)
        gateway.seed()
        return gateway

    yield make
    for gateway in made:
        gateway.process.stop()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, sim, certificate):
    gateway = Gateway(tmp_path_factory.mktemp("gw"), providers_of(sim, certificate)).start()
    gateway.seed()
    yield gateway
    assert gateway.stop() == 0, gateway.log()
    code, text = gateway.verify()
    assert code == 0, text


@pytest.fixture(scope="module")
def key(gateway):
    return gateway.new_key(models=["*", "openai/*", "wrong-host/*", "unknown-ca/*"])["key"]


@pytest.fixture(scope="module")
def client(gateway, key):
    with openai.OpenAI(base_url=gateway.url + "/v1", api_key=key, max_retries=0, timeout=60) as client:
        yield client


def pytest_terminal_summary(terminalreporter):
    """Tests may leave rows of a table (`user_properties`): printed here, also when workers have run them."""
    rows = [value for reports in terminalreporter.stats.values() for report in reports
            if getattr(report, "when", "") == "call" for name, value in report.user_properties if name == "fault table"]
    if not rows:
        return
    rows = [["dialect", "fault", "kind", "failed at", "client saw", "attempts", "billed", "ledger USD", "bill USD"],
            *sorted(rows)]
    width = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    terminalreporter.section("faults: what became of them")
    for row in rows:
        terminalreporter.write_line("  ".join(cell.ljust(w) for cell, w in zip(row, width)).rstrip())
