"""Areas as callers read them."""

from typing import Annotated

from pydantic import Field

from libs.chassis.fields import View


class Areas(View):
    """The areas that a referral may name."""

    served: Annotated[list[str], Field(description="Those that teams serve; while it is empty, any code is believed")]
    not_known_yet: Annotated[str, Field(description="What to say if nobody knows; corrected before acceptance")]
