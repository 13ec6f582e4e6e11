'use strict';
// Drawings: what they are given are numbers and texts of the page's own, never names of clients.

const GUTTER = {
  left: 44,
  right: 10,
  top: 8,
  bottom: 20
};

/** From values to places: `domain` [from, to] onto `range` [from, to]. */
function scale(domain, range) {
  const width = domain[1] - domain[0];
  return (value) => range[0] + ((value - domain[0]) / width) * (range[1] - range[0]);
}

/** Horizontal lines at the values `ticks`, each with its text. */
function grid(ticks, y, width, label) {
  return ticks.flatMap(
      (tick) =>
          [shape('line', {
             class: 'grid',
             x1: GUTTER.left,
             x2: width - GUTTER.right,
             y1: y(tick),
             y2: y(tick)
           }),
           shape(
               'text', {class: 'tick', x: GUTTER.left - 8, y: y(tick) + 4, 'text-anchor': 'end'},
               label(tick)),
  ]);
}

/** "M x y L x y ..."; a point by itself becomes a dot. */
function path(points) {
  const [first, ...rest] = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
  return `M${first}${rest.length === 0 ? 'h.01' : rest.map((point) => `L${point}`).join('')}`;
}

/** Samples without a break between them: where none was taken, or has no value, a line ends. */
function unbroken(samples, longestGapMs) {
  const runs = [];
  let last = null;
  for (const sample of samples) {
    if (sample.value === null) {
      last = null;
      continue;
    }
    if (last === null || sample.at - last.at > longestGapMs) runs.push([]);
    runs.at(-1).push(sample);
    last = sample;
  }
  return runs;
}

/**
 * What happened in the last minutes. `plot`: samples ({at, value}, oldest first), now, spanMs,
 *  longestGapMs, ticks (the lowest and the highest are the ends), label(tick), hasArea.
 */
function drawTimeline(svg, plot) {
  redraw(svg, (width, height) => {
    const bottom = height - GUTTER.bottom;
    const x = scale([plot.now - plot.spanMs, plot.now], [GUTTER.left, width - GUTTER.right]);
    const y = scale([plot.ticks[0], plot.ticks.at(-1)], [bottom, GUTTER.top]);
    const shapes = grid(plot.ticks, y, width, plot.label);
    const seen = plot.samples.filter((sample) => sample.at >= plot.now - plot.spanMs);
    for (const run of unbroken(seen, plot.longestGapMs)) {
      const points = run.map((sample) => [x(sample.at), y(sample.value)]);
      if (plot.hasArea) {
        const ends =
            `L${points.at(-1)[0].toFixed(1)} ${bottom}L${points[0][0].toFixed(1)} ${bottom}Z`;
        shapes.push(shape('path', {class: 'area', d: path(points) + ends}));
      }
      shapes.push(shape('path', {class: 'line', d: path(points)}));
    }
    const last = seen.at(-1);
    if (last !== undefined && last.value !== null) {
      shapes.push(shape('circle', {class: 'last', cx: x(last.at), cy: y(last.value), r: 3}));
    }
    const minutes = plot.spanMs / 60000;
    shapes.push(
        shape('text', {class: 'tick', x: GUTTER.left, y: height - 4}, `${minutes} min ago`));
    shapes.push(shape(
        'text', {class: 'tick', x: width - GUTTER.right, y: height - 4, 'text-anchor': 'end'},
        'now'));
    return shapes;
  });
}

/** The end of an axis from 0 on which `value` has a place: 10, or a larger one that people like. */
function niceEnd(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 10)));
  return [1, 2, 4, 5, 8, 10].map((factor) => factor * power).find((end) => end >= value) ??
      10 * power;
}

/** Round ratios around all of `values`, three to six of them, evenly apart. */
function ratioTicks(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((size) => high - low <= 4 * size) ?? 0.25;
  let from = Math.floor(low / step + 1e-9);
  let to = Math.ceil(high / step - 1e-9);
  const most = Math.round(1 / step);
  while (to - from < 2) {
    if (to < most) ++to;
    if (to - from < 2 && from > 0) --from;
  }
  return Array.from({length: to - from + 1}, (_, index) => (from + index) * step);
}

/** Hit ratios by the limit. `lines`: {ratios, number (of the policy: its dashes), isRunning}. */
function drawCurve(svg, {sizes, sizeNames, limits, lines}) {
  redraw(svg, (width, height) => {
    const bottom = height - GUTTER.bottom - 14;
    const ticks = ratioTicks(lines.flatMap((line) => line.ratios));
    const x = scale([0, sizes.length - 1], [GUTTER.left + 24, width - GUTTER.right - 24]);
    const y = scale([ticks[0], ticks.at(-1)], [bottom, GUTTER.top]);
    const present = x(sizes.indexOf(1));
    const shapes = grid(ticks, y, width, (tick) => `${Math.round(tick * 100)} %`);
    shapes.push(
        shape('line', {class: 'present', x1: present, x2: present, y1: GUTTER.top, y2: bottom}));
    sizeNames.forEach((name, index) => {
      const place = {x: x(index), 'text-anchor': 'middle'};
      const kind = sizes[index] === 1 ? 'tick strong' : 'tick';
      shapes.push(shape('text', {...place, class: kind, y: bottom + 17}, name));
      shapes.push(shape('text', {...place, class: kind, y: bottom + 31}, limits[index]));
    });
    const inFrontLast = [...lines].sort((a, b) => Number(a.isRunning) - Number(b.isRunning));
    for (const line of inFrontLast) {
      const points = line.ratios.map((ratio, index) => [x(index), y(ratio)]);
      const kind = `policy policy-${line.number}${line.isRunning ? ' running' : ''}`;
      shapes.push(shape('path', {class: kind, d: path(points)}));
      if (!line.isRunning) continue;
      points.forEach(([cx, cy]) => shapes.push(shape('circle', {class: 'point', cx, cy, r: 3.5})));
    }
    return shapes;
  });
}

/** A piece of a policy's line, for the table that explains it. */
function drawSample(svg, {number, isRunning}) {
  svg.setAttribute('viewBox', '0 0 26 8');
  const kind = `policy policy-${number}${isRunning ? ' running' : ''}`;
  svg.replaceChildren(shape('path', {class: kind, d: 'M1 4H25'}));
}

/** Parts of a whole, one after the other, with a gap between them. */
function drawBar(svg, parts, whole) {
  redraw(svg, (width, height) => {
    const x = scale([0, whole], [0, width]);
    let sum = 0;
    return parts.map((part, index) => {
      const from = x(sum);
      sum += part;
      const partWidth = Math.max(part === 0 ? 0 : 1, Math.min(x(sum), width) - from - 1.5);
      return shape('rect', {class: `part part-${index}`, x: from, y: 0, width: partWidth, height});
    });
  });
}
