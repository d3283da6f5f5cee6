from simulate import measure, plans


def test_the_figures_are_there():
    figures = measure(tasks=6, samples=20, repeat=2)
    assert (figures["tasks"], figures["samples"]) == (6, 20)
    assert all(figures[name] > 0 for name in ("ms", "first_ms", "chain_ms", "star_ms"))


def test_the_plans_have_the_shapes_that_they_are_named_by():
    made = plans(5)
    assert [len(task.dependencies) for task in made["chain"].tasks] == [0, 1, 1, 1, 1]
    assert {task.predecessors[0] for task in made["star"].tasks[1:]} == {made["star"].tasks[0].task_id}
