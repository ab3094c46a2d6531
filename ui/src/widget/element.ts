// <jackfield-widget>: shows a widget of a Jackfield host on any page. See README for its attributes.
import { VirtualizerController } from '@tanstack/lit-virtual';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import type { Chart } from '../charts/chart.ts';
import { timeText } from '../charts/cells.ts';
import { sizeText } from '../files/arriving-file.ts';
import { Download } from './download.ts';
import { badges } from './health.ts';
import { chartText } from './kinds/chart-text.ts';
import { gauge } from './kinds/gauge.ts';
import { list } from './kinds/list.ts';
import { stat } from './kinds/stat.ts';
import { ROW_HEIGHT, table } from './kinds/table.ts';
import { type Attributes, parseQuestion, type Question } from './question.ts';
import { ScrollStop } from './scroll-stop.ts';
import { CHARTS, type Shape, shapeOf } from '../charts/shape.ts';
import { type State, subscribe, type Subscription } from './shared-answers.ts';
import { empty, failed, loading, misused } from './states.ts';
import { styles } from './styles.ts';

const ASKED = ['src', 'token', 'widget', 'plugin', 'template', 'instance', 'params', 'days'] as const;

export class JackfieldWidget extends LitElement {
  static override readonly styles = styles;
  static override readonly properties = {
    ...Object.fromEntries([...ASKED, 'heading', 'level'].map((name) => [name, { type: String }])),
    state: { state: true },
    undrawn: { state: true },
  };

  /** Instead of the widget's own title. */
  declare heading: string | null;
  /** Level of the heading in the page around it; 3 when it is left out. */
  declare level: string | null;
  declare private state: State;
  /** Series that a chart leaves out. */
  declare private undrawn: number;
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

  readonly #download = new Download(this);
  readonly #stop = new ScrollStop(this);

  constructor() {
    super();
    this.undrawn = 0;
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
    void import('../charts/chart.ts').then(({ createChart }) => {
      if (!place.isConnected || place !== this.#chartPlace.value) return;
      this.#chart ??= createChart(place);
      this.undrawn = this.#chart.draw(kind, shape);
    });
  }

  override render(): TemplateResult {
    const title = this.heading || this.state.description?.shows?.title || 'Widget';
    const kind = this.state.description?.shows?.kind ?? '';
    this.#stop.label = title;
    return html`<article aria-busy=${this.#isBusy ? 'true' : 'false'} aria-label=${title}>
      <header>
        <div class="title" role="heading" aria-level=${this.level ?? '3'}><bdi>${title}</bdi></div>
        ${badges(this.state)}
      </header>
      <div class="body" data-kind=${kind} ${ref(this.#stop.place)}>${this.#body(title, kind)}</div>
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
    const said = this.#said(kind, answer);
    return html`<footer>
      <span role=${this.#download.isBroken || answer.isCut ? 'status' : nothing}>${said}</span>
      <span class="space"></span>
      ${asOf === undefined ? nothing : html`<time datetime=${asOf}>${timeText(asOf)}</time>`}
      ${answer.isCut || kind === 'table' ? this.#saving(answer.isCut) : nothing}
    </footer>`;
  }

  /** How much of the rows is shown. */
  #said(kind: string, { rows, isCut }: NonNullable<State['answer']>): string {
    if (this.#download.isBroken) return 'The download broke off: try again';
    const count = rows.length.toLocaleString();
    if (isCut) return `The first ${count} rows are shown`;
    if (kind === 'table') return `${count} ${rows.length === 1 ? 'row' : 'rows'}`;
    return CHARTS.has(kind) && this.undrawn > 0 ? `The largest series; ${this.undrawn} more are not drawn` : '';
  }

  #saving(isCut: boolean): TemplateResult {
    const { arrived } = this.#download;
    const question = this.#question;
    if (arrived !== undefined)
      return html`<span>${sizeText(arrived)}</span>
        <button type="button" @click=${() => this.#download.stop()}>Stop the download</button>`;
    const start = (): void => {
      const title = this.heading || this.state.description?.shows?.title || '';
      if (typeof question !== 'string') void this.#download.start(question, title);
    };
    return html`<button type="button" @click=${start}>${isCut ? 'Download all as CSV' : 'CSV'}</button>`;
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
