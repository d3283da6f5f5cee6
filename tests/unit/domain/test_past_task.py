from datetime import timedelta

import pytest

from groundplan.domain.feedback import Actuals, Feedback
from groundplan.domain.past_task import past_task, text_key
from groundplan.domain.resources import ResourceEstimate, ThreePoint
from tests.plan_factories import NOW, task

ENDED = NOW + timedelta(seconds=90)


def past(name="Fetch page 12", reported=None, **fields):
    return past_task(
        task("t", name=name, **fields), plan_id="p", run_id="r", began=NOW, ended=ENDED, tokens=5, cost=0.5,
        reported=reported,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Fetch page 12", "fetch page"),
        ("fast2bfq_080603_s_1_sequence_10_ID0000003", "fast2bfq s sequence id"),
        ("mProject_ID0000001", "mproject id"),
        ("Überprüfe Kapitel 3", "überprüfe kapitel"),
        ("第 3 章を読む", "第 章を読む"),
        ("42", "42"),
        ("!!!", "!!!"),
        ("a" * 300, "a" * 200),
    ],
)
def test_a_name_s_words_without_the_numbers_that_count(name, key):
    assert text_key(name) == key


def test_what_the_ledger_says():
    found = past(tool="web.fetch", resource_estimate=ResourceEstimate(duration=ThreePoint(1, 2, 3)))
    assert (found.seconds, found.tokens, found.cost, found.at) == (90, 5, 0.5, ENDED)
    assert (found.key, found.tool, found.kind, found.said) == ("web.fetch", "web.fetch", "transfer", None)
    assert found.forecast == ResourceEstimate(duration=ThreePoint(1, 2, 3))


def test_what_was_reported_goes_first():
    said = Actuals(duration_seconds=7, tokens=9, cost=2, cpu_cores=1.5, memory_mb=300)
    found = past(reported=said)
    assert (found.seconds, found.tokens, found.cost, found.cpu_cores, found.memory_mb) == (7, 9, 2, 1.5, 300)
    assert past(reported=Actuals(tokens=3)).seconds == 90


def test_a_text_without_a_tool_is_its_own_key_and_says_its_duration():
    found = past("Wait for 30 minutes")
    assert (found.key, found.said) == ("wait for minutes", 1800)


def test_reports_to_older_versions_keep_their_digest():
    said = Feedback(task_id="t", actuals={"tokens": 3}, idempotency_key="k")
    assert "cpu_cores" not in said.model_dump_json()
    more = said.model_copy(update={"actuals": Actuals(tokens=3, cpu_cores=2)})
    assert more.digest != said.digest
