// All rows of a widget as a CSV file.
import { askFile } from './asking.ts';
import type { Question } from './question.ts';

export async function download(question: Question, title: string, signal: AbortSignal): Promise<void> {
  const file = await askFile(question, signal);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `${title.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60) || 'rows'}.csv`;
  link.click();
  // Revoked at once, some browsers save nothing.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
