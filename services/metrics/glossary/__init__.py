"""The words of metrics, for its OpenAPI document."""

from libs.kernel.glossary import Glossary
from services.metrics.glossary.codes import CODES
from services.metrics.glossary.examples import EXAMPLES
from services.metrics.glossary.words import WORDS

GLOSSARY = Glossary(words=WORDS, codes=CODES, examples=EXAMPLES)
