// One text in the two ways Jira writes it: Atlassian Document Format on Cloud, wiki markup on Data Center.
import type { Site } from './site.ts';

/** Paragraphs, and a list of points under them. */
export interface SimText {
  readonly paragraphs: readonly string[];
  readonly points: readonly string[];
}

export function representText(text: SimText | null, site: Site): unknown {
  if (text === null) return null;
  return site.deployment === 'cloud' ? toAdf(text) : toWiki(text);
}

/** Every word in a mark of its own, as the editor leaves it behind. */
function toAdf({ paragraphs, points }: SimText): object {
  const bullets = points.map((point) => ({ type: 'listItem', content: [paragraph(point)] }));
  return {
    version: 1,
    type: 'doc',
    content: [...paragraphs.map(paragraph), ...(bullets.length > 0 ? [{ type: 'bulletList', content: bullets }] : [])],
  };
}

function paragraph(text: string): object {
  const cut = text.indexOf(' ');
  const content =
    cut === -1
      ? [{ type: 'text', text }]
      : [
          { type: 'text', text: text.slice(0, cut), marks: [{ type: 'strong' }] },
          { type: 'text', text: text.slice(cut) },
        ];
  return { type: 'paragraph', content };
}

function toWiki({ paragraphs, points }: SimText): string {
  const bold = (text: string): string => text.replace(/^\S+(?= )/, '*$&*');
  const blocks = [
    ...paragraphs.map(bold),
    ...(points.length > 0 ? [points.map((each) => `* ${bold(each)}`).join('\r\n')] : []),
  ];
  return blocks.join('\r\n\r\n');
}
