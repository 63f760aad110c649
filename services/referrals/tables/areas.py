"""Which areas each team serves: a small copy of what allocation says."""

from sqlalchemy import Column, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from services.referrals.tables.people import metadata

team = Table(
    "team",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("areas", ARRAY(Text), nullable=False),
)
