"""Self-contained HTML pages: elements whose text is always escaped, tables, inlined pictures, one style sheet."""
import base64
import hashlib
import html
import re
import urllib.parse

from common import printable

# Nothing from elsewhere, and no script except the one that page() is given: a browser refuses to run or load anything
# else that might slip in.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = '''
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: #1b1f24; background: #f4f5f7;
       margin: 0; }
main { max-width: 62rem; margin: 2rem auto; padding: 2rem 2.5rem; background: #fff; border-radius: 10px;
       box-shadow: 0 1px 5px #0002; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
p { margin: .4rem 0; } .quiet { color: #59636e; } .small { font-size: .85rem; }
header { display: flex; justify-content: space-between; align-items: flex-start; gap: 2rem; }
.total { font-size: 2rem; font-weight: 700; white-space: nowrap; text-align: right; line-height: 1.2; }
.total small { font-size: .9rem; font-weight: 400; color: #59636e; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { overflow-wrap: normal; text-align: left; color: #59636e; font-weight: 600; border-bottom: 2px solid #d5dae0;
     padding: .35rem .6rem; }
td { border-bottom: 1px solid #e6e9ed; padding: .35rem .6rem; vertical-align: top; }
th.number, td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums;
                       overflow-wrap: normal; }
td ul { margin: 0; padding-left: 1.1rem; }
.name { min-width: 9rem; } .text { min-width: 14rem; } .whole { white-space: nowrap; width: 1%; }
a { color: #0b4079; }
.upright { font-size: .85rem; } .upright th { vertical-align: bottom; }
.upright td, .upright th { padding: .3rem .35rem; }
.upright th span { writing-mode: vertical-rl; transform: rotate(180deg); font-weight: 400; }
.mark { display: inline-block; min-width: 4.6rem; text-align: center; border-radius: 1rem; padding: 0 .6rem;
        font-size: .82rem; font-weight: 600; white-space: nowrap; }
.right { background: #d9f2e3; color: #0b5a36; } .part { background: #fdf0cc; color: #6b4a00; }
.wrong { background: #fbdcd6; color: #8c1f0b; } .open { background: #dbe9fa; color: #0b4079; }
pre { background: #f4f5f7; border-left: 3px solid #c4cbd3; margin: .2rem 0 .6rem; padding: .5rem .8rem;
      font-size: .82rem; white-space: pre-wrap; overflow-wrap: anywhere; }
h3 { display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: baseline; }
h3 .points { margin-left: auto; white-space: nowrap; }
.item h3 { margin-top: .6rem; } .sum { color: #59636e; font-size: .92rem; }
dt { font-size: .82rem; font-weight: 600; color: #59636e; } dd { margin: 0; }
.item { border: 1px solid #e0e4e9; border-radius: 8px; padding: .2rem 1rem .6rem; margin: .8rem 0; }
.cards { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1rem 0; }
.card { background: #f4f5f7; border-radius: 8px; padding: .5rem 1rem; min-width: 6rem; }
.card b { display: block; font-size: 1.4rem; }
.card small { display: block; color: #59636e; }
.filter { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: 1rem 0; }
.filter input, .filter select { font: inherit; padding: .3rem .6rem; border: 1px solid #c4cbd3; border-radius: 6px; }
.filter input { flex: 1 1 12rem; min-width: 0; max-width: 26rem; }
th[tabindex] { cursor: pointer; } th[aria-sort=ascending]::after { content: " \25b2"; }
th[aria-sort=descending]::after { content: " \25bc"; }
.decided { text-decoration: underline dotted; text-underline-offset: 3px; }
.warning { background: #fdf0cc; border-radius: 8px; padding: .5rem 1rem; margin: .6rem 0; }
svg { min-width: 42rem; max-width: 100%; height: auto; }
@media (max-width: 40rem) {
  main { margin: 0; padding: 1rem; border-radius: 0; } header { flex-direction: column; gap: .6rem; }
  .total { text-align: left; } .item { padding: .2rem .7rem .6rem; } }
@page { margin: 14mm; }
@media print {
  body { background: #fff; font-size: 11pt; }
  main { box-shadow: none; margin: 0; padding: 0; max-width: none; }
  .filter { display: none; } svg { min-width: 0; }
  .item, tr, svg { break-inside: avoid; } h2, h3 { break-after: avoid; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
'''


class Html(str):
    """Text that is HTML already; all other text is escaped when it is put into an element."""


def escaped(text):
    """The text as Html: nothing in it is an element, and control characters, such as those of direction, become '?'."""
    if isinstance(text, Html):
        return text
    return Html(html.escape(printable(str(text), keep='\n')))


def tag(name, *children, **attributes):
    """An element with children (Html, or text, which is escaped). `class_` means class; a value None, no attribute."""
    text = ''.join(f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"'
                    for key, value in attributes.items() if value is not None)
    return Html(f'<{name}{text}>{join(children)}</{name}>')


def join(parts):
    """Html of several parts, one after the other."""
    return Html(''.join(map(escaped, parts)))


def breakable(text):
    """The text with possible line breaks after each _, so that a long file name fits into narrow columns."""
    return Html(escaped(text).replace('_', '_<wbr>'))


def link(text, target):
    """A link to a file beside the page; target: its path from there, with / for folders."""
    return tag('a', text, href=urllib.parse.quote(target))


def table(headings, rows, classes=(), states=None):
    """A table; headings: list of texts; rows: lists of cells; classes: the class of each column, or None.

    states: for a table of students, which tables.js sorts and filters: the state of each row's student.
    """
    classes = [*classes, *[None] * (len(headings) - len(classes))]
    head = tag('tr', *(tag('th', text, class_=class_, scope='col') for text, class_ in zip(headings, classes)))
    body = [tag('tr', *(tag('td', cell, class_=class_) for cell, class_ in zip(row, classes)), data_state=state)
            for row, state in zip(rows, states or [None] * len(rows))]
    whole = tag('table', tag('thead', head), tag('tbody', *body), class_=states and 'students')
    return tag('div', whole, class_='wide')


def listed(lines):
    """A list with a bullet for each line."""
    return tag('ul', *(tag('li', line) for line in lines))


def picture(svg, description):
    """An SVG file from matplotlib (bytes) as an element; description: what it shows, for those who cannot see it."""
    text = svg.decode('utf-8')
    text = re.sub(r'<metadata>.*?</metadata>', '', text[text.index('<svg'):], flags=re.DOTALL)
    text = re.sub(r' id="[A-Za-z.]+_\d+"', '', text)  # matplotlib gives parts the same names in every picture
    text = re.sub(r'<!--.*?-->|(?<=\n)\s+|\n', lambda found: ' ' if found[0] == '\n' else '', text, flags=re.DOTALL)
    svg = Html(f'<svg role="img" aria-label="{escaped(description)}"{text[len("<svg"):]}')
    return tag('div', svg, class_='wide')


def page(title, *parts, script=''):
    """A whole page, as bytes; script: the only one that a browser may run in it."""
    policy, last = POLICY, []
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy, last = f"{POLICY}; script-src 'sha256-{digest}'", [tag('script', Html(script))]
    head = join([Html('<meta charset="utf-8">'),
                 Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
                 Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
                 tag('title', title), tag('style', Html(STYLE))])
    whole = tag('html', tag('head', head), tag('body', tag('main', *parts), *last), lang='en')
    return f'<!DOCTYPE html>\n{whole}\n'.encode()
