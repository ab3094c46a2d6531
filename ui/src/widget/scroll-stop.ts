// What does not fit is reached with the keys too. Only then: a stop at every widget of a dashboard helps nobody.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { createRef } from 'lit/directives/ref.js';

export class ScrollStop implements ReactiveController {
  /** What is in it. */
  label = '';
  readonly place: ReturnType<typeof createRef<HTMLElement>> = createRef<HTMLElement>();
  #watched: HTMLElement | undefined;
  readonly #sizes = new ResizeObserver(() => this.#measure());

  constructor(host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostUpdated(): void {
    const place = this.place.value;
    if (place !== this.#watched) {
      this.#sizes.disconnect();
      if (place !== undefined) this.#sizes.observe(place);
      this.#watched = place;
    }
    this.#measure();
  }

  hostDisconnected(): void {
    this.#sizes.disconnect();
    this.#watched = undefined;
  }

  #measure(): void {
    const place = this.#watched;
    if (place === undefined) return;
    const { scrollHeight, clientHeight, scrollWidth, clientWidth } = place;
    const mayScroll = getComputedStyle(place).overflowY !== 'hidden';
    const isStop = mayScroll && (scrollHeight > clientHeight || scrollWidth > clientWidth);
    if (isStop) place.tabIndex = 0;
    else place.removeAttribute('tabindex');
    place.role = isStop ? 'group' : null;
    place.ariaLabel = isStop ? this.label : null;
  }
}
