'use strict';
// The page's elements. Data gets into the page only here, and only as text.

function byId(id) {
  return document.getElementById(id);
}

/** What is the same is left alone, so that a selection in it stays. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function sayAt(id, text) {
  say(byId(id), text);
}

function show(id, isShown) {
  byId(id).hidden = !isShown;
}

function element(name, className = '', text = '') {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.textContent = text;
  return made;
}

/** Makes `parent` have one child for each item: those that are there are filled again. */
function fillChildren(parent, items, make, fill) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  items.forEach((item, index) => {
    if (parent.children.length === index) parent.append(make());
    fill(parent.children[index], item, index);
  });
}

function makeRow(columns) {
  const row = document.createElement('tr');
  for (const column of columns) {
    const cell = element(column.isHeader ? 'th' : 'td', column.className);
    if (column.isHeader) cell.scope = 'row';
    row.append(cell);
  }
  return row;
}

/** A row for each item; a column has `fill(cell, item, index)`. */
function fillRows(id, items, columns) {
  fillChildren(byId(id), items, () => makeRow(columns), (row, item, index) => {
    columns.forEach((column, at) => column.fill(row.cells[at], item, index));
  });
}

/** Terms and what they are, as [term, text]. */
function fillFacts(id, facts) {
  const make = () => {
    const pair = element('div');
    pair.append(element('dt'), element('dd'));
    return pair;
  };
  fillChildren(byId(id), facts, make, (pair, [term, text]) => {
    say(pair.firstElementChild, term);
    say(pair.lastElementChild, text);
  });
}

// What is longer is cut to two lines until somebody points at it, or gets to it by keyboard.
const LONG_TEXT = 60;

/** A name that a client chose, of any length. */
function sayName(cell, text) {
  if (cell.firstElementChild === null) {
    const name = element('span', 'name');
    name.dir = 'ltr';
    cell.append(name);
  }
  const name = cell.firstElementChild;
  name.classList.toggle('empty', text === '');
  say(name, text === '' ? '(empty)' : text);
  if (text.length > LONG_TEXT) {
    name.tabIndex = 0;
  } else {
    name.removeAttribute('tabindex');
  }
}

/** A part of a drawing. */
function shape(name, attributes, text = '') {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/** Draws anew, at the size that the drawing has on the page. Its title and description stay. */
function redraw(svg, draw) {
  const {width, height} = svg.getBoundingClientRect();
  if (width === 0) return;
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.replaceChildren(
      svg.querySelector('title'), svg.querySelector('desc'), ...draw(width, height));
}

/** What a drawing shows, for who cannot see it. */
function describe(svg, text) {
  say(svg.querySelector('desc'), text);
}
