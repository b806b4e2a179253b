"""What is no question: greetings, thanks, goodbyes, and who the visitor is talking to."""

from __future__ import annotations

import re

_HELLO = (
    "hi|hello|hey|hiya|howdy|ahoy|greetings|good (?:morning|afternoon|evening|day)|hallo|moin|"
    "guten (?:morgen|tag|abend)|hej|hei|bonjour|salut|hola|buenos dias|buenas tardes|ciao|"
    "buongiorno|ola|bom dia|how are you(?: doing)?(?: today)?|hows it going"
)
_THANKS = (
    "thanks|thank you|thx|ty|cheers|many thanks|danke(?: schon| sehr)?|vielen dank|"
    "merci(?: beaucoup)?|gracias|grazie|tak|takk|"
    "tack|obrigad[oa]|bedankt|dank je"
)
_BYE = (
    "bye|bye bye|goodbye|good bye|good night|see you|see ya|farewell|tschuss|auf wiedersehen|"
    "au revoir|adios|hasta luego|farvel|ha det|arrivederci|tchau|have a (?:nice|good|great) "
    "(?:day|evening|weekend|one)|thats all|that is all|that was all|nothing else|no thanks|"
    "no thank you|no"
)
_FINE = (
    "ok|okay|k|great|perfect|cool|nice|super|wonderful|awesome|got it|i see|alright|all right|"
    "good|fine|understood|yes|yep|sure|that helps|very helpful|good to know|makes sense"
)
_ABOUT = (
    "who are you|what are you|what can you do|what do you do|what do you know|what can i ask"
    "(?: you)?|how can you help(?: me)?|can you help(?: me)?|i need help|help|help me|are you "
    "(?:a |an )?(?:real )?(?:bot|chatbot|robot|human|person|ai|machine)|how do you work|"
    "how does this work"
)
_MORE = (
    "there|again|all|everyone|everybody|team|you|too|a lot|a bunch|very much|so much|then|now|"
    "for (?:the|your|all your|that|all the) (?:help|answer|information|info|advice|time|that)|"
    "for (?:that|this|everything|helping)|that helps(?: a lot)?|that was (?:very )?helpful|later|"
    "soon|tomorrow|dear|mate|friend|thats all|that is all|for now"
)
_REPLIES = (
    (_ABOUT, "I answer questions from this site's own documents, in their own words, and say "
             "where I found it. What would you like to know?"),
    (_BYE, "Goodbye! I am here if anything else comes up."),
    (_THANKS, "You're welcome! Is there anything else you would like to know?"),
    (_HELLO, "Hello! What would you like to know?"),
    (_FINE, "Good. Is there anything else you would like to know?"),
)  # fmt: skip
_ALL = "|".join(pattern for pattern, _ in _REPLIES)
_SMALL_TALK = re.compile(rf"(?:{_ALL})(?: (?:{_ALL}|{_MORE}))*")
_BY_PATTERN = [(re.compile(rf"\b(?:{pattern})\b"), said) for pattern, said in _REPLIES]
_ACCENTS = str.maketrans("áàâäãéèêëíìîïóòôöõúùûüçñ", "aaaaaeeeeiiiiooooouuuucn")


def small_reply(message: str) -> str:
    """A fitting answer when the whole message is small talk, else nothing."""
    text = message.casefold().replace("'", "").replace("’", "").translate(_ACCENTS)
    text = " ".join(re.sub(r"[^\w\s]", " ", text).split())
    if len(text) > 100 or not _SMALL_TALK.fullmatch(text):
        return ""
    return next(said for pattern, said in _BY_PATTERN if pattern.search(text))
