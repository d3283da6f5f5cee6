from groundplan.cli.render.tree import tree
from tests.sample_plans import hostile_plan, release_plan, small_plan, task
from tests.snapshots import assert_snapshot


def test_the_tree_of_a_plan() -> None:
    assert_snapshot("cli/release.tree.txt", tree(release_plan()))


def test_a_chain_is_not_indented() -> None:
    chain = small_plan(*(task(n, f"Step {n}", 1, (n - 1,) if n > 1 else ()) for n in range(1, 4)))
    assert tree(chain) == "1 Step 1\n2 Step 2\n3 Step 3\n"


def test_forks_become_branches_and_joins_name_who_else_they_wait_for() -> None:
    plan = small_plan(
        task(1, "Start", 1),
        task(2, "Left", 1, (1,)),
        task(3, "Right", 1, (1,)),
        task(4, "Right again", 1, (3,)),
        task(5, "Join", 1, (2, 4)),
        task(6, "Alone", 1),
    )
    assert tree(plan) == ("1 Start\n├─ 2 Left\n└─ 3 Right\n   4 Right again\n   5 Join (also after 2)\n6 Alone\n")


def test_every_task_is_there_once_however_deep_the_plan() -> None:
    deep = small_plan(*(task(n, f"Step {n}", 1, (n - 1,) if n > 1 else ()) for n in range(1, 5001)))
    assert len(tree(deep).splitlines()) == 5000


def test_hostile_names_stay_on_their_line() -> None:
    lines = tree(hostile_plan()).splitlines()
    assert len(lines) == 3
    assert not any(character in "".join(lines) for character in "\x1b\x07\u202e")


def test_a_plan_without_tasks_says_so() -> None:
    assert tree(small_plan()) == "(no tasks)\n"
