// Sorts and filters the tables of students in report.html: a click on a heading sorts by its column, and two fields on
// top filter all tables by any words and by the state of the grade. Without this script the tables can still be read.
'use strict';
const tables = [...document.querySelectorAll('table.students')];

// Numbers by size, texts by the alphabet; cells without a number yet ('?', '-') come last in both directions.
function compare(a, b, direction) {
  const open = text => text === '' || text === '-' || text === '?';
  if (open(a) || open(b)) return open(a) - open(b);
  const numbers = [Number(a), Number(b)];
  return direction * (numbers.some(Number.isNaN) ? a.localeCompare(b, undefined, {numeric: true})
                                                 : numbers[0] - numbers[1]);
}

for (const table of tables) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const sort = () => {
      const direction = heading.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
      const text = row => row.cells[column].innerText.trim();
      const rows = [...table.tBodies[0].rows].sort((a, b) => compare(text(a), text(b), direction));
      table.tBodies[0].append(...rows);
      headings.forEach(other => other.removeAttribute('aria-sort'));
      heading.setAttribute('aria-sort', direction === 1 ? 'ascending' : 'descending');
    };
    heading.tabIndex = 0;
    heading.title = 'sort by this column';
    heading.addEventListener('click', sort);
    heading.addEventListener('keydown', event => { if (event.key === 'Enter') sort(); });
  });
}

const search = document.createElement('input');
search.type = 'search';
search.placeholder = 'filter students: a name, an id, any word';
const states = document.createElement('select');
const found = [...new Set(tables.flatMap(table => [...table.tBodies[0].rows].map(row => row.dataset.state)))];
for (const state of ['all', ...found]) states.add(new Option(state));
const count = document.createElement('span');

function filter() {
  const wanted = search.value.toLowerCase().split(/\s+/);
  for (const table of tables) {
    for (const row of table.tBodies[0].rows) {
      const text = row.innerText.toLowerCase() || row.textContent.toLowerCase();
      row.hidden = !(wanted.every(word => text.includes(word)) &&
                     (states.value === 'all' || row.dataset.state === states.value));
    }
  }
  const rows = [...tables[tables.length - 1].tBodies[0].rows];  // the table of all submissions
  const shown = rows.filter(row => !row.hidden).length;
  count.textContent = shown === rows.length ? '' : `${shown} of ${rows.length}`;
}

search.addEventListener('input', filter);
states.addEventListener('input', filter);
const bar = document.createElement('div');
bar.className = 'filter';
bar.append(search, states, count);
document.querySelector('.cards').after(bar);
