// Draws the charts of the page with uPlot, from the data in it; in the colours of the page, and again when those change.
(() => {
  const { charts } = JSON.parse(document.getElementById('data').textContent);
  const HEIGHT = 240;
  const POWERS_OF_TWO = Array.from({ length: 45 }, (_, exponent) => 2 ** exponent);
  const TIMELINE = uPlot.sync('timeline');
  const drawn = [];

  const short = (value, digits = 3) => String(Number(value.toPrecision(digits)));
  const FORMATS = {
    count: (value) => value.toLocaleString('en'),
    'per-second': (value) => `${Number(value.toPrecision(3)).toLocaleString('en')}/s`,
    ms: (ms) =>
      ms === 0
        ? '0'
        : ms < 1
          ? `${short(ms * 1000)} µs`
          : ms < 1000
            ? `${short(ms)} ms`
            : `${short(ms / 1000)} s`,
    bytes: (bytes) =>
      bytes === 0
        ? '0'
        : bytes < 2 ** 20
          ? `${short(bytes / 2 ** 10)} KiB`
          : bytes < 2 ** 30
            ? `${short(bytes / 2 ** 20)} MiB`
            : `${short(bytes / 2 ** 30)} GiB`,
  };

  function colours() {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  }

  function seriesOf(chart, colour) {
    const format = FORMATS[chart.unit];
    const value = (_, number) => (number === null || number === undefined ? '–' : format(number));
    return chart.series.map(({ label, colour: name }) => {
      const stroke = colour(name);
      if (chart.kind === 'bars') {
        return {
          label,
          value,
          stroke,
          fill: stroke,
          points: { show: false },
          paths: uPlot.paths.bars({ size: [0.8, 60] }),
        };
      }
      if (chart.kind === 'points') {
        return { label, value, stroke, paths: () => null, points: { show: true, size: 9, fill: stroke } };
      }
      return {
        label,
        value,
        stroke,
        width: 2,
        // not every value was tried on both sides
        spanGaps: chart.unit === 'bytes' || !chart.timeline,
        points: { show: chart.x.length < 20, size: 6, fill: stroke },
      };
    });
  }

  function axesOf(chart, colour) {
    const common = {
      stroke: colour('quiet'),
      font: '12px system-ui, "DejaVu Sans", sans-serif',
      grid: { stroke: colour('grid'), width: 1, ...(chart.log ? { filter: powersOfTen } : {}) },
      ticks: { stroke: colour('grid'), width: 1, ...(chart.log ? { filter: powersOfTen } : {}) },
    };
    const title = {
      size: 32,
      label: chart.xTitle || undefined,
      labelSize: 18,
      labelGap: 0,
      labelFont: common.font,
    };
    const x = chart.labels
      ? { ...common, ...title, ...labelledAxis(chart), ticks: { show: false }, grid: { show: false } }
      : { ...common, ...title };
    const format = FORMATS[chart.unit];
    const y = {
      ...common,
      size: 72,
      ...(chart.unit === 'bytes' ? { incrs: POWERS_OF_TWO } : {}),
      values: (_, splits) => splits.map((split) => (split === null ? null : format(split))),
    };
    return [x, y];
  }

  // A label that has no room is left off; a whole number of steps between those that stay.
  function labelledAxis(chart) {
    const widest = Math.max(...chart.labels.map((label) => label.length)) * 7 + 8;
    return {
      splits: (plot) => {
        const room = Math.max(1, Math.floor(plot.bbox.width / devicePixelRatio / widest));
        const step = Math.max(1, Math.ceil(chart.labels.length / room));
        return chart.x.filter((index) => index % step === 0);
      },
      values: (_, splits) => splits.map((index) => chart.labels[index] ?? ''),
    };
  }

  function powersOfTen(_, splits) {
    return splits.map((split) =>
      Math.abs(Math.log10(split) - Math.round(Math.log10(split))) < 1e-9 ? split : null,
    );
  }

  // From a power of ten to a power of ten; a lonely value still gets a scale.
  function logRange(_, least, greatest) {
    if (!least) return [1, 10];
    const low = 10 ** Math.floor(Math.log10(least) - 0.001);
    return [low, Math.max(low * 10, 10 ** Math.ceil(Math.log10(greatest) + 0.001))];
  }

  // A bar of 1 must be seen, and one of 0 not.
  function countRange(_, __, greatest) {
    return [0.5, Math.max(10, (greatest ?? 1) * 1.3)];
  }

  function scalesOf(chart) {
    const last = chart.x.length - 1;
    const x = chart.labels ? { time: false, range: () => [-0.6, last + 0.6] } : { time: false };
    const top = chart.level?.value ?? 0;
    const linear = (_, __, greatest) => {
      const most = Math.max(greatest ?? 0, top);
      return [0, most === 0 ? 1 : most * (chart.level ? 1.25 : 1.1)];
    };
    const log = chart.kind === 'bars' ? countRange : logRange;
    return { x, y: chart.log ? { distr: 3, range: log } : { range: linear } };
  }

  function levelHook(chart, colour) {
    return (plot) => {
      const { ctx, bbox } = plot;
      const y = Math.round(plot.valToPos(chart.level.value, 'y', true));
      ctx.save();
      ctx.strokeStyle = colour('quiet');
      ctx.fillStyle = colour('quiet');
      ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.font = `${12 * devicePixelRatio}px system-ui, "DejaVu Sans", sans-serif`;
      ctx.textAlign = 'right';
      ctx.setLineDash([]);
      ctx.lineWidth = 4 * devicePixelRatio;
      ctx.strokeStyle = colour('card');
      ctx.strokeText(chart.level.label, bbox.left + bbox.width, y - 5 * devicePixelRatio);
      ctx.fillText(chart.level.label, bbox.left + bbox.width, y - 5 * devicePixelRatio);
      ctx.restore();
    };
  }

  function draw(chart) {
    const place = document.getElementById(`chart-${chart.id}`);
    const colour = colours();
    const label = (_, x) =>
      x === null || x === undefined ? '–' : (chart.labels?.[Math.round(x)] ?? short(x));
    const options = {
      width: place.clientWidth,
      height: HEIGHT,
      series: [{ label: chart.xTitle || 'wait', value: label }, ...seriesOf(chart, colour)],
      axes: axesOf(chart, colour),
      scales: scalesOf(chart),
      cursor: {
        drag: { x: false, y: false },
        ...(chart.timeline ? { sync: { key: TIMELINE.key } } : {}),
      },
      hooks: chart.level ? { draw: [levelHook(chart, colour)] } : {},
    };
    drawn.push({
      plot: new uPlot(options, [chart.x, ...chart.series.map(({ values }) => values)], place),
      place,
    });
  }

  function drawAll() {
    for (const { plot } of drawn.splice(0)) plot.destroy();
    for (const chart of charts) draw(chart);
  }

  drawAll();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  addEventListener('resize', () => {
    for (const { plot, place } of drawn) plot.setSize({ width: place.clientWidth, height: HEIGHT });
  });
})();
