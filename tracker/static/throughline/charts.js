/* Line and area charts. Each reads the data table inside its own <figure>, so the numbers exist once and stay readable
   without this file. Chart.js is fetched only by a page that has such a figure. Colours come from the tokens. */
(() => {
  'use strict';
  const library = document.currentScript.dataset.library;
  const $ = (s, el = document) => el.querySelector(s);
  const $$ = (s, el = document) => [...el.querySelectorAll(s)];
  const FONT = '"Inter Variable", Inter, system-ui, sans-serif';
  const STAGES = [['live', 'live'], ['deployment', 'deployment'], ['compliance', 'compliance_review'], ['validation', 'validation'], ['brief', 'brief']];
  const drawn = new Map();

  /* A token with light-dark() has a value only on an element, so an element is asked. */
  const probe = document.createElement('i');
  probe.hidden = true;
  document.body.append(probe);
  const colour = (name) => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };
  const faded = (name, alpha) => colour(name).replace(/rgba?\(([^,]+),([^,]+),([^,)]+).*/, `rgba($1,$2,$3,${alpha})`);

  const number = (text) => { const n = parseFloat(String(text).replace(/[^\d.\u2212-]/g, '').replace('\u2212', '-')); return Number.isNaN(n) ? null : n; };
  const read = (fig) => {
    const names = $$('thead th', fig).map((th) => th.textContent.trim());
    const rows = $$('tbody tr', fig).map((tr) => [...tr.cells].map((c) => c.dataset.v ?? c.textContent.trim()));
    return { labels: rows.map((r) => r[0]), series: names.slice(1).map((name, i) => ({ name, data: rows.map((r) => number(r[i + 1])) })) };
  };
  const stage = (name) => STAGES.find(([start]) => name.toLowerCase().startsWith(start))?.[1];
  const last = (data) => { for (let i = data.length - 1; i >= 0; i -= 1) if (data[i] !== null) return { i, y: data[i] }; return null; };
  const short = (n) => n.toLocaleString('en-GB', { maximumFractionDigits: 1 });

  /* Names at the right end of each line instead of a legend; pushed apart where they would overlap. */
  const endLabels = {
    id: 'endLabels',
    afterDatasetsDraw(chart, _args, options) {
      const { ctx, chartArea } = chart;
      const labels = options.of(chart).sort((a, b) => a.y - b.y);
      labels.forEach((label, i) => { if (i && label.y < labels[i - 1].y + 15) label.y = labels[i - 1].y + 15; });
      const below = labels.length ? labels[labels.length - 1].y - (chartArea.bottom + 4) : 0;
      if (below > 0) for (let i = labels.length - 1, y = chartArea.bottom + 4; i >= 0; i -= 1, y -= 15) labels[i].y = Math.min(labels[i].y, y);
      ctx.save();
      ctx.textBaseline = 'middle';
      labels.forEach(({ y, parts }) => {
        let x = chartArea.right + 9;
        parts.forEach(([text, fill, weight]) => {
          ctx.font = `${weight} 12px ${FONT}`;
          ctx.fillStyle = fill;
          ctx.fillText(text, x, y);
          x += ctx.measureText(text).width + 4;
        });
      });
      ctx.restore();
    },
  };
  /* The requirement, as a line across. */
  const limitLine = {
    id: 'limitLine',
    afterDatasetsDraw(chart, _args, options) {
      if (options.at === null) return;
      const y = chart.scales.y.getPixelForValue(options.at);
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.strokeStyle = colour('ink');
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      ctx.moveTo(chartArea.left, y);
      ctx.lineTo(chartArea.right, y);
      ctx.stroke();
      ctx.restore();
    },
  };

  const width = (labels) => {
    const ctx = document.createElement('canvas').getContext('2d');
    return Math.max(0, ...labels.map((parts) => parts.reduce((sum, [text, , weight]) => { ctx.font = `${weight} 12px ${FONT}`; return sum + ctx.measureText(text).width + 4; }, 8)));
  };

  const base = (fig, table, extra) => {
    const box = $('.cv', fig);
    const unit = fig.dataset.unit ? ` ${fig.dataset.unit}` : '';
    const many = Math.max(2, Math.floor((box.clientWidth - 120) / 74));
    const every = Math.max(1, Math.ceil((table.labels.length - 1) / many));
    const tail = table.labels.length - 1;
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      events: ['mousemove', 'mouseout', 'touchstart', 'touchmove'],
      interaction: { mode: 'index', intersect: false },
      layout: { padding: { right: extra.room, top: 8, left: 0, bottom: 0 } },
      font: { family: FONT, size: 12 },
      scales: {
        x: {
          stacked: false,
          border: { color: colour('line-2') },
          grid: { display: false },
          ticks: { autoSkip: false, maxRotation: 0, color: colour('ink-3'), font: { family: FONT, size: 12 }, callback: (_v, i) => ((tail - i) % every === 0 ? table.labels[i] : '') },
        },
        y: {
          stacked: extra.stacked,
          beginAtZero: true,
          suggestedMax: extra.top,
          border: { display: false },
          grid: { color: colour('line'), drawTicks: false },
          ticks: { maxTicksLimit: 5, precision: extra.whole ? 0 : undefined, padding: 8, color: colour('ink-3'), font: { family: FONT, size: 12 }, callback: (v) => short(v) },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          backgroundColor: colour('solid'), titleColor: colour('ink-inv'), bodyColor: colour('ink-inv'), padding: 10, cornerRadius: 6, boxPadding: 4,
          titleFont: { family: FONT, size: 12, weight: 600 }, bodyFont: { family: FONT, size: 12 },
          callbacks: { label: (item) => ` ${item.dataset.label}  ${short(item.parsed.y)}${unit}` },
        },
        endLabels: { of: extra.labels },
        limitLine: { at: extra.limit },
      },
    };
  };

  const line = (fig, table) => {
    const red = fig.dataset.emphasis === 'breach';
    const step = 'step' in fig.dataset ? 'middle' : false;
    const unit = fig.dataset.unit ? ` ${fig.dataset.unit}` : '';
    const limit = fig.dataset.limit === undefined ? null : number(fig.dataset.limit);
    const looks = table.series.map((s, i) => {
      if (i === 0) return { ink: colour(red ? 'breach' : 'accent'), line: colour(red ? 'breach-g' : 'accent'), weight: 600, dash: [] };
      return { ink: colour(i === table.series.length - 1 ? 'ink-2' : 'ink'), line: colour(step ? 'ink-2' : 'ctl'), weight: 400, dash: step ? [4, 3] : [] };
    });
    const datasets = table.series.map((s, i) => ({
      label: s.name, data: s.data, stepped: step, borderColor: looks[i].line, borderWidth: i ? 1.75 : 2, borderDash: looks[i].dash,
      pointRadius: !i && !step && table.labels.length < 40 ? 2.5 : 0, pointHoverRadius: 4, pointBackgroundColor: looks[i].line, pointBorderWidth: 0,
      fill: !i && red ? 'origin' : false, backgroundColor: faded(red ? 'breach-g' : 'accent', .09), spanGaps: true, tension: 0,
    }));
    const words = table.series.map((s, i) => { const end = last(s.data); return end && [[`${s.name.replace(/^of which (.)/, (_m, c) => c.toUpperCase())} ${short(end.y)}${unit}`, looks[i].ink, looks[i].weight]]; });
    const limitWords = [[fig.dataset.limitLabel || 'limit', colour('ink'), 400]];
    const labels = (chart) => {
      const ends = table.series.flatMap((s, i) => { const end = last(s.data); return end ? [{ y: chart.scales.y.getPixelForValue(end.y), parts: words[i] }] : []; });
      return limit === null ? ends : [...ends, { y: chart.scales.y.getPixelForValue(limit), parts: limitWords }];
    };
    const room = width([...words.filter(Boolean), ...(limit === null ? [] : [limitWords])]) + 4;
    const values = table.series.flatMap((s) => s.data).filter((v) => v !== null);
    const top = Math.max(limit ?? 0, ...values) * 1.08;
    return { type: 'line', data: { labels: table.labels, datasets }, options: base(fig, table, { room, labels, limit, top, stacked: false, whole: values.every(Number.isInteger) }) };
  };

  const area = (fig, table) => {
    const tone = (s, i) => { const known = stage(s.name); return known ? `st-${known}` : ['accent', 'ctl', 'st-validation', 'st-deployment'][i % 4]; };
    const datasets = table.series.map((s, i) => ({
      label: s.name, data: s.data, borderColor: colour(tone(s, i)), borderWidth: 1.25, backgroundColor: faded(tone(s, i), .5), fill: i ? '-1' : 'origin', pointRadius: 0, pointHoverRadius: 3, pointBackgroundColor: colour(tone(s, i)), tension: 0,
    }));
    const words = table.series.map((s) => { const end = last(s.data); return [[s.name.replace(/ since .*| review$/, ''), colour('ink'), 600], [end ? short(end.y) : '', colour('ink-3'), 400]]; });
    const labels = (chart) => {
      let below = 0;
      return table.series.map((s, i) => {
        const value = last(s.data)?.y ?? 0;
        const y = chart.scales.y.getPixelForValue(below + value / 2);
        below += value;
        return { y, parts: words[i] };
      });
    };
    return { type: 'line', data: { labels: table.labels, datasets }, options: base(fig, table, { room: width(words) + 4, labels, limit: null, stacked: true, whole: true }) };
  };

  const kinds = { line, area };
  const draw = (fig) => {
    const make = kinds[fig.dataset.chart];
    const box = $('.cv', fig);
    if (!make || !box) return;
    drawn.get(fig)?.destroy();
    const table = read(fig);
    if (!table.labels.length) return;
    const canvas = document.createElement('canvas');
    box.replaceChildren(canvas);
    drawn.set(fig, new window.Chart(canvas, { ...make(fig, table), plugins: [endLabels, limitLine] }));
  };
  const forget = () => [...drawn.keys()].filter((fig) => !fig.isConnected).forEach((fig) => { drawn.get(fig).destroy(); drawn.delete(fig); });
  const figures = (box = document) => $$('figure[data-chart]', box);
  const drawAll = () => { forget(); if (window.Chart) figures().forEach(draw); };

  let asked = false;
  const start = () => {
    if (!figures().length) return;
    if (window.Chart) { document.fonts.ready.then(drawAll); return; }
    if (asked) return;
    asked = true;
    const script = document.createElement('script');
    script.src = library;
    script.addEventListener('load', () => document.fonts.ready.then(drawAll));
    document.head.append(script);
  };
  start();
  document.addEventListener('throughline:theme', drawAll);
  document.addEventListener('htmx:afterSettle', (e) => { if (figures(e.detail.elt).length || e.detail.elt.closest?.('figure[data-chart]')) start(); });
  let narrow = innerWidth < 768;
  addEventListener('resize', () => { if ((innerWidth < 768) !== narrow) { narrow = innerWidth < 768; drawAll(); } });
})();
