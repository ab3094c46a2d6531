import { JackfieldWidget } from './element.ts';

// A page may load it twice, in two versions even: the first one stays.
if (customElements.get('jackfield-widget') === undefined) customElements.define('jackfield-widget', JackfieldWidget);

export { JackfieldWidget };
