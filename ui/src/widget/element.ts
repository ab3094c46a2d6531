// <jackfield-widget>: shows a widget of a Jackfield host on any page. See README for its attributes.
import { VirtualizerController } from '@tanstack/lit-virtual';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import type { Chart } from './chart/chart.ts';
import { timeText } from './cells.ts';
import { download } from './download.ts';
import { badges } from './health.ts';
import { chartText } from './kinds/chart-text.ts';
import { gauge } from './kinds/gauge.ts';
import { list } from './kinds/list.ts';
import { stat } from './kinds/stat.ts';
import { ROW_HEIGHT, table } from './kinds/table.ts';
import { type Attributes, parseQuestion, type Question } from './question.ts';
import { type Shape, shapeOf } from './shape.ts';
import { type State, subscribe, type Subscription } from './shared-answers.ts';
import { empty, failed, loading, misused } from './states.ts';
import { styles } from './styles.ts';

const CHARTS: ReadonlySet<string> = new Set(['bar', 'pie', 'line', 'timeseries']);
const ASKED = ['src', 'token', 'widget', 'plugin', 'template', 'instance', 'params', 'days'] as const;

export class JackfieldWidget extends LitElement {
  static override readonly styles = styles;
  static override readonly properties = {
    ...Object.fromEntries([...ASKED, 'heading', 'level'].map((name) => [name, { type: String }])),
    state: { state: true },
    saving: { state: true },
  };

  /** Instead of the widget's own title. */
  declare heading: string | null;
  /** Level of the heading in the page around it; 3 when it is left out. */
  declare level: string | null;
  declare private state: State;
  declare private saving: AbortController | undefined;
  #question: Question | string = 'widget is missing';
  #subscription: Subscription | undefined;
  #isVisible = false;
  #shape: readonly [State['answer'], Shape] | undefined;
  #chart: Chart | undefined;
  readonly #chartPlace = createRef<HTMLDivElement>();
  readonly #scroller = createRef<HTMLDivElement>();
  readonly #sight = new IntersectionObserver(([entry]) => {
    this.#isVisible = entry?.isIntersecting ?? false;
    this.#subscription?.show(this.#isVisible);
  });
  readonly #rows = new VirtualizerController<HTMLDivElement, HTMLTableRowElement>(this, {
    count: 0,
    getScrollElement: () => this.#scroller.value ?? null,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });

  constructor() {
    super();
    this.state = { isAsking: true };
  }

  /** Looks at once. */
  refresh(): void {
    this.#subscription?.refresh();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sight.observe(this);
    if (this.hasUpdated) this.#ask();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sight.disconnect();
    this.#subscription?.end();
    this.#subscription = undefined;
    this.saving?.abort();
    this.#endChart();
  }

  override willUpdate(changed: PropertyValues): void {
    if (this.#subscription === undefined || ASKED.some((name) => changed.has(name))) this.#ask();
    const { answer, description } = this.state;
    if (answer === undefined || description?.shows === undefined) this.#shape = undefined;
    else if (this.#shape?.[0] !== answer) this.#shape = [answer, shapeOf(description.shows, answer)];
    const virtualizer = this.#rows.getVirtualizer();
    const count = this.#shape?.[1].rows.length ?? 0;
    if (virtualizer.options.count !== count) virtualizer.setOptions({ ...virtualizer.options, count });
  }

  override updated(): void {
    const place = this.#chartPlace.value;
    const kind = this.state.description?.shows?.kind ?? '';
    const shape = this.#shape?.[1];
    if (place === undefined || shape === undefined) return this.#endChart();
    void import('./chart/chart.ts').then(({ createChart }) => {
      if (!place.isConnected || place !== this.#chartPlace.value) return;
      this.#chart ??= createChart(place);
      this.#chart.draw(kind, shape);
    });
  }

  override render(): TemplateResult {
    const title = this.heading || this.state.description?.shows?.title || 'Widget';
    const kind = this.state.description?.shows?.kind ?? '';
    return html`<article aria-busy=${this.#isBusy ? 'true' : 'false'} aria-label=${title}>
      <header>
        <div class="title" role="heading" aria-level=${this.level ?? '3'}><bdi>${title}</bdi></div>
        ${badges(this.state)}
      </header>
      <div class="body" data-kind=${kind}>${this.#body(title, kind)}</div>
      ${this.#foot(kind)}
    </article>`;
  }

  get #isBusy(): boolean {
    const { isAsking, answer, problem } = this.state;
    return isAsking || (answer === undefined && problem === undefined && typeof this.#question !== 'string');
  }

  #body(title: string, kind: string): TemplateResult {
    if (typeof this.#question === 'string') return misused(this.#question);
    const { problem, answer } = this.state;
    const shape = this.#shape?.[1];
    if (answer === undefined || shape === undefined)
      return problem === undefined ? loading() : failed(problem, () => this.refresh());
    if (shape.rows.length === 0) return problem === undefined ? empty() : failed(problem, () => this.refresh());
    if (CHARTS.has(kind))
      return html`<div class="chart" aria-hidden="true" ${ref(this.#chartPlace)}></div>
        ${chartText(shape, title)}`;
    if (kind === 'stat') return stat(shape);
    if (kind === 'gauge') return gauge(shape);
    if (kind === 'list') return list(shape);
    return table(shape, {
      label: `Rows of ${title}`,
      scroller: this.#scroller,
      virtualizer: this.#rows.getVirtualizer(),
    });
  }

  #foot(kind: string): TemplateResult | typeof nothing {
    const { answer } = this.state;
    if (answer === undefined || answer.rows.length === 0) return nothing;
    const asOf = answer.meta?.asOf;
    const isLong = answer.isCut || kind === 'table';
    const count = answer.rows.length.toLocaleString();
    return html`<footer>
      ${
        answer.isCut
          ? html`<span role="status">The first ${count} rows are shown</span>`
          : isLong
            ? html`<span>${count} ${answer.rows.length === 1 ? 'row' : 'rows'}</span>`
            : nothing
      }
      <span class="space"></span>
      ${asOf === undefined ? nothing : html`<time datetime=${asOf}>${timeText(asOf)}</time>`}
      ${
        isLong
          ? html`<button type="button" @click=${() => void this.#save()}>
              ${this.saving === undefined ? (answer.isCut ? 'Download all as CSV' : 'CSV') : 'Stop the download'}
            </button>`
          : nothing
      }
    </footer>`;
  }

  async #save(): Promise<void> {
    const question = this.#question;
    if (this.saving !== undefined || typeof question === 'string') return this.saving?.abort();
    const saving = new AbortController();
    this.saving = saving;
    try {
      await download(question, this.heading || this.state.description?.shows?.title || '', saving.signal);
    } catch {
      // Stopped, or the state says by itself that the host does not answer.
    } finally {
      this.saving = undefined;
    }
  }

  #ask(): void {
    this.#subscription?.end();
    // A framework may set properties instead of attributes: Lit has the one for the other.
    const own = this as unknown as Partial<Attributes>;
    const attributes = Object.fromEntries(ASKED.map((name) => [name, own[name] ?? null])) as unknown as Attributes;
    this.#question = parseQuestion(attributes);
    if (typeof this.#question === 'string') {
      this.#subscription = { show: () => {}, refresh: () => {}, end: () => {} };
      return;
    }
    this.#subscription = subscribe(this.#question, (state) => {
      this.state = state;
    });
    this.#subscription.show(this.#isVisible);
  }

  #endChart(): void {
    this.#chart?.end();
    this.#chart = undefined;
  }
}
