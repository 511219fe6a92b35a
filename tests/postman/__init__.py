"""The Postman collection: converted from the OpenAPI document, put into an order that runs, with tests for each answer.

``python -m tests.postman`` writes ``specs/tasks.postman_collection.json``; it needs node and npm.
"""
