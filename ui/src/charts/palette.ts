// The colours of a widget as the page has set them: a canvas has no style sheet.

export interface Palette {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly background: string;
  readonly font: string;
  readonly series: readonly string[];
}

const SERIES = 8;

export function paletteOf(place: Element): Palette {
  const probe = document.createElement('span');
  place.append(probe);
  // What a variable stands for is known only where it is used.
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    text: colour('--_text'),
    muted: colour('--_muted'),
    line: colour('--_line'),
    background: colour('--_background'),
    font: getComputedStyle(place).fontFamily,
    series: Array.from({ length: SERIES }, (_, index) => colour(`--_series-${index + 1}`)),
  };
  probe.remove();
  return palette;
}
