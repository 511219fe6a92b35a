"""Addresses of the tasks."""

from django.urls import path, register_converter

from tasks.converters import TaskIdConverter
from tasks.views import TaskDetailView, TaskListView

register_converter(TaskIdConverter, "task_id")

urlpatterns = [
    path("tasks", TaskListView.as_view(), name="task-list"),
    path("tasks/<task_id:pk>", TaskDetailView.as_view(), name="task-detail"),
]
