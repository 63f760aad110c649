"""People and families."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "referrals_0001"
down_revision = None
branch_labels = ("referrals",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "family",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("merged_into <> id", name=op.f("ck_family_not_itself")),
        sa.ForeignKeyConstraint(["merged_into"], ["family.id"], name=op.f("fk_family_merged_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("areas", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("family_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("family_key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("given_key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("expected_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("ethnicity", sa.Text(), nullable=True),
        sa.Column("disabilities", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("nhs_number", sa.Text(), nullable=True),
        sa.Column("upn", sa.Text(), nullable=True),
        sa.Column("upn_unknown", sa.Text(), nullable=True),
        sa.Column("la_child_id", sa.Text(), nullable=True),
        sa.Column("extended_to_25", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("same_as", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("expected_date IS NULL OR sex = 'U'", name=op.f("ck_person_unborn_sex")),
        sa.CheckConstraint("sex IN ('M', 'F', 'U')", name=op.f("ck_person_sex")),
        sa.CheckConstraint("birth_date IS NULL OR expected_date IS NULL", name=op.f("ck_person_born_or_expected")),
        sa.CheckConstraint(
            "died_on IS NULL OR birth_date IS NULL OR died_on >= birth_date", name=op.f("ck_person_life")
        ),
        sa.CheckConstraint("same_as <> id", name=op.f("ck_person_not_itself")),
        sa.ForeignKeyConstraint(["same_as"], ["person.id"], name=op.f("fk_person_same_as")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index("ix_person_birth_date", "person", ["birth_date"], unique=False)
    op.create_index(
        "ix_person_expected_date",
        "person",
        ["expected_date"],
        unique=False,
        postgresql_where=sa.text("expected_date IS NOT NULL"),
    )
    op.create_index(
        "ix_person_la_child_id",
        "person",
        ["la_child_id"],
        unique=False,
        postgresql_where=sa.text("la_child_id IS NOT NULL"),
    )
    op.create_index(
        "ix_person_family_key_trgm",
        "person",
        ["family_key"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"family_key": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_person_given_key_trgm",
        "person",
        ["given_key"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"given_key": "gin_trgm_ops"},
    )
    op.create_index("ix_person_name_key", "person", ["name_key"], unique=False)
    op.create_index(
        "ix_person_name_key_trgm",
        "person",
        ["name_key"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name_key": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_person_nhs_number",
        "person",
        ["nhs_number"],
        unique=False,
        postgresql_where=sa.text("nhs_number IS NOT NULL"),
    )
    op.create_index(
        "ix_person_same_as", "person", ["same_as"], unique=False, postgresql_where=sa.text("same_as IS NOT NULL")
    )
    op.create_index("ix_person_upn", "person", ["upn"], unique=False, postgresql_where=sa.text("upn IS NOT NULL"))
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('address', 'telephone', 'email')", name=op.f("ck_contact_point_kind")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_contact_point_period")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_point_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
    )
    op.create_index(op.f("ix_contact_point_person_id"), "contact_point", ["person_id"], unique=False)
    op.create_index(
        "ix_contact_point_postcode",
        "contact_point",
        ["postcode"],
        unique=False,
        postgresql_where=sa.text("postcode IS NOT NULL"),
    )
    op.create_table(
        "family_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("part IN ('child', 'adult')", name=op.f("ck_family_member_part")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_family_member_period")),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_family_member_family_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_family_member_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_member")),
    )
    op.create_index(op.f("ix_family_member_family_id"), "family_member", ["family_id"], unique=False)
    op.create_index(op.f("ix_family_member_person_id"), "family_member", ["person_id"], unique=False)
    op.create_table(
        "person_source",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_source_person_id")),
        sa.PrimaryKeyConstraint("system", "key", name=op.f("pk_person_source")),
    )
    op.create_index(op.f("ix_person_source_person_id"), "person_source", ["person_id"], unique=False)
    op.create_table(
        "protected_contact_point",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_from", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_protected_contact_point_period")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_protected_contact_point_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protected_contact_point")),
    )
    op.create_index(
        op.f("ix_protected_contact_point_person_id"), "protected_contact_point", ["person_id"], unique=False
    )
    op.create_table(
        "relationship",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("parental_responsibility", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("person_id <> other_id", name=op.f("ck_relationship_not_itself")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_relationship_period")),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_relationship_other_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_relationship_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relationship")),
    )
    op.create_index(op.f("ix_relationship_other_id"), "relationship", ["other_id"], unique=False)
    op.create_index(op.f("ix_relationship_person_id"), "relationship", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_relationship_person_id"), table_name="relationship")
    op.drop_index(op.f("ix_relationship_other_id"), table_name="relationship")
    op.drop_table("relationship")
    op.drop_index(op.f("ix_protected_contact_point_person_id"), table_name="protected_contact_point")
    op.drop_table("protected_contact_point")
    op.drop_index(op.f("ix_person_source_person_id"), table_name="person_source")
    op.drop_table("person_source")
    op.drop_index(op.f("ix_family_member_person_id"), table_name="family_member")
    op.drop_index(op.f("ix_family_member_family_id"), table_name="family_member")
    op.drop_table("family_member")
    op.drop_index(
        "ix_contact_point_postcode", table_name="contact_point", postgresql_where=sa.text("postcode IS NOT NULL")
    )
    op.drop_index(op.f("ix_contact_point_person_id"), table_name="contact_point")
    op.drop_table("contact_point")
    op.drop_index("ix_person_upn", table_name="person", postgresql_where=sa.text("upn IS NOT NULL"))
    op.drop_index("ix_person_same_as", table_name="person", postgresql_where=sa.text("same_as IS NOT NULL"))
    op.drop_index("ix_person_nhs_number", table_name="person", postgresql_where=sa.text("nhs_number IS NOT NULL"))
    op.drop_index(
        "ix_person_name_key_trgm",
        table_name="person",
        postgresql_using="gin",
        postgresql_ops={"name_key": "gin_trgm_ops"},
    )
    op.drop_index("ix_person_name_key", table_name="person")
    op.drop_index(
        "ix_person_given_key_trgm",
        table_name="person",
        postgresql_using="gin",
        postgresql_ops={"given_key": "gin_trgm_ops"},
    )
    op.drop_index(
        "ix_person_family_key_trgm",
        table_name="person",
        postgresql_using="gin",
        postgresql_ops={"family_key": "gin_trgm_ops"},
    )
    op.drop_index("ix_person_la_child_id", table_name="person", postgresql_where=sa.text("la_child_id IS NOT NULL"))
    op.drop_index("ix_person_expected_date", table_name="person", postgresql_where=sa.text("expected_date IS NOT NULL"))
    op.drop_index("ix_person_birth_date", table_name="person")
    op.drop_table("person")
    op.drop_table("team")
    op.drop_table("family")
