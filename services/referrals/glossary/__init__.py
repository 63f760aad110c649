"""The words of the front door, for its OpenAPI document."""

from libs.kernel.glossary import Glossary
from services.referrals.glossary.codes import CODES
from services.referrals.glossary.examples import EXAMPLES
from services.referrals.glossary.words import WORDS

GLOSSARY = Glossary(words=WORDS, codes=CODES, examples=EXAMPLES)
