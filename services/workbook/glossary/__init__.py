"""The words of the workbook, for its OpenAPI document."""

from libs.kernel.glossary import Glossary
from services.workbook.glossary.codes import CODES
from services.workbook.glossary.examples import EXAMPLES
from services.workbook.glossary.words import WORDS

GLOSSARY = Glossary(words=WORDS, codes=CODES, examples=EXAMPLES)
