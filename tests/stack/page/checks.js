'use strict';
// What holds for the page whatever it shows. Each of these runs in the page, and answers with what
// is wrong: a list of texts.

/** What goes beyond the page's width, or makes something scroll sideways. */
function sideways() {
  const wrong = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width)
    wrong.push(`the page: ${document.documentElement.scrollWidth}`);
  for (const each of document.querySelectorAll('body *')) {
    const place = each.getBoundingClientRect();
    if (place.width <= 1 || each.closest('.unseen') !== null) continue;
    const text = `${each.tagName} ${each.id} ${each.className.baseVal ?? each.className}`;
    if (place.right > width + 0.5 || place.left < -0.5) wrong.push(`outside: ${text}`);
    if (each.matches('.scroll, .panel') && each.scrollWidth > each.clientWidth)
      wrong.push(`scrolls: ${text}`);
  }
  return wrong;
}

/** Texts that lie on something too much alike (WCAG AA, 4.5 to 1). */
function faint() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const color = getComputedStyle(each).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const wrong = [];
  for (const each of document.querySelectorAll('body *')) {
    const hasText =
        [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    if (!hasText || !each.checkVisibility() || each.closest('script, style, title, desc, .unseen'))
      continue;
    const style = getComputedStyle(each);
    const ink = each instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(ink), light(ground(each))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) wrong.push(`${each.textContent.slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return wrong;
}

/** What somebody who does not see the page, or uses no mouse, would miss. */
function inaccessible() {
  const wrong = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const visible = (selector) => all(selector).filter((each) => each.checkVisibility());
  if (document.documentElement.lang === '') wrong.push('no language');
  if (all('h1').length !== 1 || all('main').length !== 1)
    wrong.push('not one heading and one main part');
  const ids = all('[id]').map((each) => each.id);
  if (new Set(ids).size !== ids.length) wrong.push('an id is there twice');
  for (const each of all('section')) {
    if (each.querySelector('h2') === null) wrong.push('a section without a heading');
  }
  for (const each of all('[aria-labelledby], [aria-describedby]')) {
    const named = `${each.getAttribute('aria-labelledby') ?? ''} ${
        each.getAttribute('aria-describedby') ?? ''}`;
    for (const id of named.trim().split(/\s+/)) {
      if (document.getElementById(id) === null) wrong.push(`no ${id}`);
    }
  }
  for (const each of all('table')) {
    if (each.caption === null || each.caption.textContent === '')
      wrong.push('a table without a caption');
  }
  for (const each of all('th'))
    if (!each.hasAttribute('scope')) wrong.push(`no scope: ${each.textContent}`);
  for (const each of all('tbody tr')) {
    if (each.querySelector('th') === null && each.cells.length !== 0)
      wrong.push('a row without a heading');
  }
  for (const each of visible('svg[role=img]')) {
    if (each.querySelector('title').textContent === '') wrong.push(`no title: ${each.id}`);
    if (each.querySelector('desc').textContent === '') wrong.push(`no description: ${each.id}`);
  }
  for (const each of visible('.scroll'))
    if (each.tabIndex !== 0) wrong.push(`not reachable: ${each.id}`);
  for (const each of all('input'))
    if (each.labels.length === 0) wrong.push(`no label: ${each.id}`);
  return wrong;
}

/** Figures that are none. */
function nonsense() {
  const text = document.body.innerText;
  return ['NaN', 'undefined', 'null', 'Infinity', '[object'].filter((each) => text.includes(each));
}

/** For the page: calls one of these there. */
function inPage(check) {
  return `(${check})()`;
}

module.exports = {
  faint,
  inPage,
  inaccessible,
  nonsense,
  sideways
};
