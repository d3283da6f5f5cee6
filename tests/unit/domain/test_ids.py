import uuid

from groundplan.domain.ids import new_id, plan_id_of, task_id_of


def test_a_new_id_is_a_random_uuid():
    made = new_id()
    assert str(uuid.UUID(made)) == made
    assert (uuid.UUID(made).version, uuid.UUID(made).variant) == (4, uuid.RFC_4122)


def test_new_ids_differ():
    assert len({new_id() for _ in range(1000)}) == 1000


def test_the_same_run_makes_the_same_plan_id():
    assert plan_id_of("run-1") == plan_id_of("run-1") != plan_id_of("run-2")


def test_a_task_id_tells_its_plan_and_number():
    assert task_id_of("3f9a2c1e-77b0-4000-8000-000000000000", 3) == "3f9a2c1e77b0-3"
