"""What gives a server away, and what does not."""

from __future__ import annotations

import json

import pytest

from contract.exchange import Exchange
from contract.leaks import leak_in
from contract.transport import Headers, Raised, Request, Response

URL = "http://localhost:8000"

LEAKS = (
    'Traceback (most recent call last):\n  File "x.py", line 12, in create',
    "SyntaxError: Unexpected token }<br> &nbsp; &nbsp;at JSON.parse (&lt;anonymous&gt;)",
    "    at Object.<anonymous> (/srv/app.js:12:3)",
    "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
    "\tat com.example.Tasks.create(Tasks.java:12)",
    "   at Tasks.Controllers.TasksController.Create(Task t) in C:\\src\\TasksController.cs:line 42",
    "   at System.Text.Json.ThrowHelper.ReThrow(JsonException ex)",
    "app/controllers/tasks_controller.rb:12:in `create'",
    "Uncaught TypeError in <b>/var/www/html/index.php</b> on line <b>12</b>",
    "#1 {main}",
    "goroutine 1 [running]:",
    "/go/src/app/main.go:42 +0x1d",
    "thread 'main' panicked at src/main.rs:12:5:",
    "(phoenix 1.7.2) lib/phoenix/router.ex:406: Phoenix.Router.__call__/5",
    "cannot open file:///home/me/tasks.db",
    "C:\\Users\\me\\app\\tasks.db is locked",
    "SELECT id, title FROM tasks WHERE id = ?",
    "select t1_0.id,t1_0.done from task t1_0 where t1_0.id=?",
    "select * from `tasks` where `id` = 'abc' limit 1",
    'insert into "tasks" ("title") values ($1) returning "id"',
    "update task set description=?,done=?,title=? where id=?",
    "DELETE FROM tasks WHERE id = 7",
    'sqlite3.OperationalError: near "x": syntax error',
    'value "99999999999" is out of range for type integer',
    "SQLSTATE[22001]: String data, right truncated",
    "UNIQUE constraint failed: tasks.id",
    "Python int too large to convert to SQLite INTEGER",
    "<!DOCTYPE html>",
    "<html lang=en><title>404 Not Found</title>",
    "You see this since <code>DEBUG = True</code>",
)
HARMLESS = (
    "Task not found",
    'Please select "done" or "open" from the list.',
    "Select a title from the list where it is done.",
    "Expecting value: line 1 column 1 (char 0)",
    "Unexpected token } in JSON at position 5 on line 3",
    "No route for /tasks/7.json",
    "See https://example.com/home/docs/errors.php or /help/errors.php.",
    "title/description/etc. are strings",
    "json: cannot unmarshal number into Go struct field TaskInput.title of type string",
    "The JSON value could not be converted to System.String. Path: $.title | LineNumber: 0.",
    "Cannot deserialize value of type `java.lang.String` from Array value",
    "invalid type: integer `1`, expected a string at line 1 column 10",
    "Exceeds the limit (4300 digits) for integer string conversion",
    "To update task set done = true.",
    "Cannot delete from list where done is true.",
    "Insert into list (see docs).",
    "Titel fehlt:\n\nbitte angeben",
)


def exchange(body: bytes, headers: Headers = (), sent: bytes | None = None, path: str = "/tasks") -> Exchange:
    return Exchange(Request("POST", path, (), sent), Response(400, headers, body))


@pytest.mark.parametrize("text", LEAKS)
def test_leak_is_found_in_text_in_json_and_in_headers(text: str) -> None:
    assert leak_in(exchange(text.encode()), URL)
    assert leak_in(exchange(json.dumps({"error": "x", "details": [{"message": text}]}).encode()), URL) or "&" in text
    assert leak_in(exchange(b"", (("x-debug", text),)), URL) or "&" in text


@pytest.mark.parametrize("text", HARMLESS)
def test_message_is_no_leak(text: str) -> None:
    assert leak_in(exchange(text.encode()), URL) is None
    assert leak_in(exchange(json.dumps({"error": text}).encode()), URL) is None


def test_what_the_request_says_may_be_repeated() -> None:
    title = "SELECT a FROM b"

    assert (
        leak_in(exchange(json.dumps({"title": title}).encode(), sent=json.dumps({"title": title}).encode()), URL)
        is None
    )
    assert leak_in(exchange(b"no /usr/lib/x here", path="/usr/lib/x"), URL) is None
    assert leak_in(exchange(b'{"error": "/opt/api/tasks/7"}'), f"{URL}/opt/api") is None
    assert leak_in(exchange(b'{"error": "/opt/api/tasks/7"}'), URL)


def test_what_other_clients_wrote_is_no_leak() -> None:
    assert leak_in(exchange(b'[{"id": 1, "title": "Traceback (most recent call last)"}]'), URL) is None


def test_what_no_client_sees_is_no_leak() -> None:
    raised = Raised(500, (), b"Traceback (most recent call last)")

    assert leak_in(Exchange(Request("GET", "/tasks"), raised), URL) is None


def test_text_around_the_leak_is_shown() -> None:
    assert leak_in(exchange(b'{"error": "in /var/lib/tasks.db, alas"}'), URL) == (
        "a path of the server's file system",
        "in /var/lib/tasks.db, alas",
    )
