"""The words of partners, for its OpenAPI document."""

from libs.kernel.glossary import Glossary
from services.partners.glossary.codes import CODES
from services.partners.glossary.examples import EXAMPLES
from services.partners.glossary.words import WORDS

GLOSSARY = Glossary(words=WORDS, codes=CODES, examples=EXAMPLES)
