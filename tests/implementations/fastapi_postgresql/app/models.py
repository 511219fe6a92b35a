"""The table of tasks."""

from sqlalchemy import BigInteger, Identity, Index, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The base of all tables."""


class Task(Base):
    """A task as PostgreSQL stores it."""

    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    done: Mapped[bool]
    version: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("tasks_done_id", "done", "id"),)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy declares it for instances)

    @property
    def etag(self) -> str:
        """The strong entity tag of the present state."""
        return f'"{self.id}-{self.version}"'
