"""The words by which people put steps in order, in lower case; those of `FIRST` to `MEANWHILE` hold no patterns."""

from __future__ import annotations

FIRST = (
    "first of all|first|firstly|to begin with|to start with|initially|zuerst|zunächst|als erstes|erstens|"
    "tout d'abord|d'abord|premièrement|pour commencer|en premier lieu|en premier|primero|en primer lugar|"
    "primeramente|para empezar|primeiro|primeiramente|em primeiro lugar|para começar|innanzitutto|anzitutto|"
    "per prima cosa|per cominciare|prima|eerst|ten eerste|als eerste|om te beginnen|сначала|najpierw|först"
)
NEXT = (
    "then|next|after that|after this|after which|following that|afterwards|afterward|subsequently|thereafter|"
    "from there|once that is done|when that is done|once this is done|when this is done|second|secondly|third|thirdly|"
    "fourth|fourthly|fifth|sixth|dann|danach|anschließend|als nächstes|daraufhin|hinterher|nachher|zweitens|"
    "drittens|viertens|puis|ensuite|après cela|après ça|par la suite|deuxièmement|troisièmement|luego|después|"
    "a continuación|más tarde|posteriormente|segundo|tercero|depois|em seguida|então|a seguir|terceiro|poi|"
    "quindi|dopodiché|dopo di che|dopo ciò|successivamente|in seguito|dan|daarna|vervolgens|nadien|ten tweede|"
    "ten derde|затем|потом|после этого|potem|następnie|później|sedan|därefter"
)
LAST = (
    "finally|lastly|last|last of all|at last|in the end|to finish|schließlich|zuletzt|zum schluss|"
    "abschließend|am ende|enfin|finalement|pour finir|pour terminer|en dernier lieu|en dernier|finalmente|"
    "por último|al final|para terminar|por fim|no final|infine|alla fine|per finire|da ultimo|ten slotte|"
    "tenslotte|tot slot|als laatste|uiteindelijk|наконец|в конце|wreszcie|na koniec|slutligen|till sist"
)
MEANWHILE = (
    "meanwhile|in the meantime|at the same time|in parallel|simultaneously|concurrently|währenddessen|"
    "unterdessen|in der zwischenzeit|gleichzeitig|parallel dazu|pendant ce temps|en parallèle|simultanément|"
    "entre-temps|en même temps|mientras tanto|en paralelo|al mismo tiempo|simultáneamente|enquanto isso|"
    "em paralelo|ao mesmo tempo|simultaneamente|nel frattempo|in parallelo|contemporaneamente|"
    "allo stesso tempo|ondertussen|intussen|tegelijkertijd|gelijktijdig|тем временем|w międzyczasie|"
    "under tiden|samtidigt"
)
FIRST_CJK, NEXT_CJK = "首先|第一步|第一|まず|最初に", "然后|然後|接着|接著|之后|之後|其次|随后|次に|その後|それから"
LAST_CJK, MEANWHILE_CJK = "最后|最後に|最後", "与此同时|與此同時|同时|同時に|同時|その間に|その間"

AND = "and|und|et|y|e|en|och|и|i|but"

SUBORDINATE = (
    "if|when|whenever|unless|in case|suppose|assuming|provided|given that|because|since|wenn|falls|sobald|si|"
    "quand|lorsque|cuando|se|quando|als|wanneer|если|когда"
)
"""A clause that begins so has its "then" as a consequence, not as a step."""

NO_STEP_AFTER_FIRST = (
    "name|names|class|aid|floor|half|person|people|edition|time|year|day|week|month|quarter|draft|version|"
    "step|steps|impression|lady|date|page|line|word|letter|paragraph|sentence|place|two|three|few|of|and|or|"
    "choice|quality|one|thing|things|part|section|chapter|item|grade|language|that|than|de|di|do|da|che|"
    "que"
)
"""What follows "first", "second", "last", "next" as an adjective, or "prima di", "depois de"."""

REQUESTS = (
    "i (?:want|need|would like|'d like|wish)(?: you)? to|i'd like(?: you)? to|we (?:want|need|have) to|"
    "you (?:should|must|need to)|(?:can|could|would|will) you|let's|let us|i have to|i must|"
    "je (?:veux|voudrais)|ich (?:möchte|will|muss)|quiero|quero|voglio"
)
"""Openings by which a sentence in the first person asks for something."""

NARRATIVE = (
    "i|we|he|she|they|it|there|this|that|these|those|the|an?|my|our|his|her|their|your|what|who|how|why|where|which|"
    "(?:is|are|was|were|do|does|did|has|have) (?:i|you|we|they|he|she|it|there)|although|while|"
    "yesterday|ich|wir|er|es|das|der|die|je|nous|il|elle|le|la|les|el|los|las|un|una|uma|ein|eine|een|het|de|o|os"
)
"""First words of sentences that tell or ask a question rather than request."""
