"""The task API the way tutorials write it: a list in memory, no validation, and the framework's own error pages."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

app = Flask(__name__)

tasks: list[dict[str, Any]] = []


def find_task(task_id: int) -> dict[str, Any] | None:
    return next((task for task in tasks if task["id"] == task_id), None)


@app.route("/tasks", methods=["GET"])
def get_tasks() -> ResponseReturnValue:
    return jsonify(tasks)


@app.route("/tasks/<int:task_id>", methods=["GET"])
def get_task(task_id: int) -> ResponseReturnValue:
    task = find_task(task_id)
    if task is None:
        return jsonify({"error": "Task not found"}), 404
    return jsonify(task)


@app.route("/tasks", methods=["POST"])
def create_task() -> ResponseReturnValue:
    data = request.get_json()
    task = {
        "id": len(tasks) + 1,
        "title": data["title"],
        "description": data.get("description", ""),
        "done": data.get("done", False),
    }
    tasks.append(task)
    return jsonify(task), 201


@app.route("/tasks/<int:task_id>", methods=["PUT"])
def update_task(task_id: int) -> ResponseReturnValue:
    task = find_task(task_id)
    if task is None:
        return jsonify({"error": "Task not found"}), 404
    task.update(request.get_json())
    return jsonify(task)


@app.route("/tasks/<int:task_id>", methods=["DELETE"])
def delete_task(task_id: int) -> ResponseReturnValue:
    task = find_task(task_id)
    if task is None:
        return jsonify({"error": "Task not found"}), 404
    tasks.remove(task)
    return jsonify({"message": "Task deleted"})
