/* The lineage of a release as a graph. It reads the list inside its own section, so that every node exists once and the
   page says the same without this file. Dagre places the nodes; it is fetched only by a page that has such a section.
   Colours come from classes: the policy for styles allows no attribute. */
(() => {
  'use strict';
  const library = document.currentScript.dataset.library;
  const $$ = (s, el = document) => [...el.querySelectorAll(s)];
  const SVG = 'http://www.w3.org/2000/svg';
  const WIDTH = 152, HEIGHT = 44;  // px
  const SMALLEST = 0.8;  // of its size: a drawing that would be smaller scrolls instead
  const NAMES = { source: 'Data source', dataset: 'Dataset', run: 'Training run', version: 'Version', artefact: 'Output', report: 'Report' };

  const make = (name, attributes = {}, text = '') => {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (text) made.textContent = text;
    return made;
  };
  const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

  const read = (section) => $$('[data-node]:not([data-far])', section).map((item) => ({
    key: item.dataset.node,
    layer: item.dataset.layer,
    from: item.dataset.from.split(' ').filter(Boolean),
    known: !('unknown' in item.dataset),
    label: item.querySelector('[data-label]').textContent.trim(),
    note: item.querySelector('[data-note]')?.textContent.trim() ?? '',
    href: item.querySelector('a[data-label]')?.getAttribute('href'),
  }));

  const placed = (nodes) => {
    const graph = new window.dagre.graphlib.Graph();
    graph.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 28, marginx: 8, marginy: 8 });
    graph.setDefaultEdgeLabel(() => ({}));
    nodes.forEach((node) => graph.setNode(node.key, { width: WIDTH, height: HEIGHT }));
    nodes.forEach((node) => node.from.forEach((start) => { if (start !== node.key && graph.hasNode(start)) graph.setEdge(start, node.key); }));
    window.dagre.layout(graph);
    return graph;
  };

  const box = (node, { x, y }) => {
    const group = make('g', { class: `lng-n lng-${node.layer}${node.known ? '' : ' lng-gap'}`, transform: `translate(${x - WIDTH / 2} ${y - HEIGHT / 2})` });
    group.append(
      make('title', {}, [NAMES[node.layer], node.label, node.note].filter(Boolean).join(', ')),
      make('rect', { width: WIDTH, height: HEIGHT, rx: 8 }),
      make('text', { x: 12, y: 18, class: 'lng-k' }, node.known ? NAMES[node.layer] : `${NAMES[node.layer]}, unknown`),
      make('text', { x: 12, y: 35, class: 'lng-t' }, short(node.label, 19)),
    );
    if (!node.href) return group;
    const link = make('a', { href: node.href });
    link.append(group);
    return link;
  };

  const draw = (section, nodes) => {
    const place = section.querySelector('[data-drawing]');
    const graph = placed(nodes);
    const { width, height } = graph.graph();
    place.hidden = false;
    const scale = Math.min(1, Math.max(SMALLEST, (place.clientWidth - 18) / width));
    const svg = make('svg', { width: width * scale, height: height * scale, viewBox: `0 0 ${width} ${height}` });
    const known = new Map(nodes.map((node) => [node.key, node.known]));
    const arrow = make('marker', { id: `${section.id}-arrow`, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' });
    arrow.append(make('path', { d: 'M0 0 8 4 0 8z', class: 'lng-a' }));
    svg.append(arrow);
    graph.edges().forEach((edge) => {
      const sure = known.get(edge.v) && known.get(edge.w);
      const way = graph.edge(edge).points.map(({ x, y }, i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
      svg.append(make('path', { d: way, class: sure ? 'lng-e' : 'lng-e lng-gap', 'marker-end': `url(#${section.id}-arrow)` }));
    });
    nodes.forEach((node) => svg.append(box(node, graph.node(node.key))));
    place.replaceChildren(svg);
    section.querySelector('details').open = place.clientWidth < 560;  // there the list reads better
  };

  const sections = $$('[data-lineage]').map((section) => [section, read(section)]).filter(([, nodes]) => nodes.length);
  if (!sections.length) return;
  const script = document.createElement('script');
  script.src = library;
  script.addEventListener('load', () => sections.forEach(([section, nodes]) => draw(section, nodes)));
  document.head.append(script);
})();
