"""The words of allocation, for its OpenAPI document."""

from libs.kernel.glossary import Glossary
from services.allocation.glossary.codes import CODES
from services.allocation.glossary.examples import EXAMPLES
from services.allocation.glossary.words import WORDS

GLOSSARY = Glossary(words=WORDS, codes=CODES, examples=EXAMPLES)
