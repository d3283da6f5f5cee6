import pytest

from groundplan.testing import ScriptedChatModel, ScriptExhausted, Turn


async def test_it_plays_its_turns_and_keeps_the_prompts():
    model = ScriptedChatModel(turns=["one", {"steps": []}, Turn("three", finish="length")])
    assert (await model.ainvoke("a")).text == "one"
    assert model.invoke("b").text == '{"steps": []}'
    assert (await model.ainvoke("c")).response_metadata["done_reason"] == "length"
    assert [prompt[0].text for prompt in model.prompts] == ["a", "b", "c"]
    assert model.calls == 3


async def test_failures_are_raised_and_the_end_of_the_script_is_said():
    model = ScriptedChatModel(turns=[ValueError("boom")])
    with pytest.raises(ValueError, match="boom"):
        await model.ainvoke("a")
    with pytest.raises(ScriptExhausted, match="asked 2 times"):
        await model.ainvoke("b")
