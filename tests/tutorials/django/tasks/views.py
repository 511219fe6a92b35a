"""The task API the way the quickstart of the Django REST framework writes its own."""

from rest_framework import viewsets

from tasks.models import Task
from tasks.serializers import TaskSerializer


class TaskViewSet(viewsets.ModelViewSet):
    """API endpoint that allows tasks to be viewed or edited."""

    queryset = Task.objects.all().order_by("id")
    serializer_class = TaskSerializer
