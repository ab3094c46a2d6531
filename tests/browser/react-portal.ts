// A page of another site that is made with React: it hands the element properties instead of attributes, and changes them.
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

const place = document.querySelector<HTMLElement>('#portal');
if (place === null) throw new Error('the page has no place for the portal');
const { src = '', token = '' } = place.dataset;

function Portal() {
  const [widget, setWidget] = useState('stat');
  return createElement(
    'div',
    null,
    createElement('button', { type: 'button', onClick: () => setWidget('table') }, 'Show words'),
    createElement('jackfield-widget', { src, token, widget }),
  );
}

// The element may be known before React makes one, or afterwards.
await import(`${src}/widget.js`);
createRoot(place).render(createElement(StrictMode, null, createElement(Portal)));
