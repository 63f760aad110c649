"""People, families, how they belong together, and where they can be found. No other service has these."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from libs.chassis.tables import Day, Moment, service_metadata

metadata = service_metadata()

#: Somebody born or expected. `same_as` is set when a person turned out to be one who was known already.
person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("given_name", Text, nullable=False, server_default=text("''")),
    Column("family_name", Text, nullable=False, server_default=text("''")),
    Column("name_key", Text, nullable=False),  # both names without case, accents and punctuation
    Column("family_key", Text, nullable=False, server_default=text("''")),  # each by itself, for who searches by one
    Column("given_key", Text, nullable=False, server_default=text("''")),
    Column("birth_date", Day),
    Column("expected_date", Day),
    Column("sex", Text, nullable=False),
    Column("died_on", Day),
    Column("ethnicity", Text),
    Column("disabilities", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("nhs_number", Text),
    Column("upn", Text),
    Column("upn_unknown", Text),
    Column("la_child_id", Text),
    Column("extended_to_25", Boolean, nullable=False, server_default=text("false")),
    Column("same_as", Uuid, ForeignKey("person.id")),
    Column("recorded_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
    CheckConstraint("birth_date IS NULL OR expected_date IS NULL", name="born_or_expected"),
    CheckConstraint("expected_date IS NULL OR sex = 'U'", name="unborn_sex"),
    CheckConstraint("sex IN ('M', 'F', 'U')", name="sex"),
    CheckConstraint("died_on IS NULL OR birth_date IS NULL OR died_on >= birth_date", name="life"),
    CheckConstraint("same_as <> id", name="not_itself"),
    Index("ix_person_name_key", "name_key"),
    Index("ix_person_name_key_trgm", "name_key", postgresql_using="gin", postgresql_ops={"name_key": "gin_trgm_ops"}),
    *(
        Index(f"ix_person_{key}_trgm", key, postgresql_using="gin", postgresql_ops={key: "gin_trgm_ops"})
        for key in ("family_key", "given_key")
    ),
    Index("ix_person_birth_date", "birth_date"),
    Index("ix_person_expected_date", "expected_date", postgresql_where=text("expected_date IS NOT NULL")),
    Index("ix_person_nhs_number", "nhs_number", postgresql_where=text("nhs_number IS NOT NULL")),
    Index("ix_person_upn", "upn", postgresql_where=text("upn IS NOT NULL")),
    Index("ix_person_la_child_id", "la_child_id", postgresql_where=text("la_child_id IS NOT NULL")),
    Index("ix_person_same_as", "same_as", postgresql_where=text("same_as IS NOT NULL")),
)

#: What another system calls a person: the same name again is the same person, without any matching.
person_source = Table(
    "person_source",
    metadata,
    Column("system", Text),
    Column("key", Text),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    PrimaryKeyConstraint("system", "key"),
    Index(None, "person_id"),
)

family = Table(
    "family",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("merged_into", Uuid, ForeignKey("family.id")),
    Column("recorded_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
    CheckConstraint("merged_into <> id", name="not_itself"),
)

family_member = Table(
    "family_member",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("family_id", Uuid, ForeignKey("family.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("part", Text, nullable=False),
    Column("from_on", Day, nullable=False),
    Column("until_on", Day),
    CheckConstraint("part IN ('child', 'adult')", name="part"),
    CheckConstraint("until_on >= from_on", name="period"),
    Index(None, "family_id"),
    Index(None, "person_id"),
)

#: Stored once for both people: the elder, or the smaller id, is `person_id`.
relationship = Table(
    "relationship",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("other_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("relation", Text, nullable=False),
    Column("from_on", Day),
    Column("until_on", Day),
    Column("parental_responsibility", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    CheckConstraint("person_id <> other_id", name="not_itself"),
    CheckConstraint("until_on >= from_on", name="period"),
    Index(None, "person_id"),
    Index(None, "other_id"),
)

#: Ordinary addresses, telephone numbers and mail addresses; who moved has a former one, `until_on` is the first day without it.
contact_point = Table(
    "contact_point",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("postcode", Text),
    Column("from_on", Day, nullable=False),
    Column("until_on", Day),
    Column("revision", Integer, nullable=False),
    CheckConstraint("kind IN ('address', 'telephone', 'email')", name="kind"),
    CheckConstraint("until_on >= from_on", name="period"),
    Index(None, "person_id"),
    Index("ix_contact_point_postcode", "postcode", postgresql_where=text("postcode IS NOT NULL")),
)

#: Details that could get somebody hurt. No query of another table joins this one; values are sealed.
protected_contact_point = Table(
    "protected_contact_point",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("kept_from", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("from_on", Day, nullable=False),
    Column("until_on", Day),
    Column("revision", Integer, nullable=False),
    CheckConstraint("until_on >= from_on", name="period"),
    Index(None, "person_id"),
)
