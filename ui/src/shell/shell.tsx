// What stands around every page for people who are signed in: where they can go, and who they are.
import { Burger, Drawer } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, Navigate, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useLive } from '../api/live.ts';
import { sessionQuery } from '../api/session.ts';
import { ColorSchemeButton } from './color-scheme-button.tsx';
import { Navigation } from './navigation.tsx';
import { PersonMenu } from './person-menu.tsx';
import classes from './shell.module.css';
import icon from '../icon.svg';

export function Shell() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const { href } = useLocation();
  // It was over while somebody worked: they come back to where they were.
  if (session === null) return <Navigate to="/sign-in" search={{ next: href }} />;
  return <SignedIn />;
}

function SignedIn() {
  useLive();
  const [isOpen, menu] = useDisclosure();
  const { pathname } = useLocation();
  useEffect(menu.close, [pathname, menu.close]);
  const content = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    // Whoever hears the page, or uses the keyboard, goes on in what is new.
    if (before.current !== pathname) content.current?.focus({ preventScroll: true });
    before.current = pathname;
  }, [pathname]);
  return (
    <div className={classes['shell']}>
      <a className={classes['skip']} href="#content">
        Skip to the content
      </a>
      <header className={classes['top']}>
        <Burger
          className={classes['burger']}
          size="sm"
          opened={isOpen}
          onClick={menu.toggle}
          aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
          aria-expanded={isOpen}
        />
        <Brand />
        <span className={classes['space']} />
        <ColorSchemeButton />
        <PersonMenu />
      </header>
      <aside className={classes['side']}>
        <Navigation />
      </aside>
      <Drawer
        opened={isOpen}
        onClose={menu.close}
        size="18rem"
        title={<Brand />}
        closeButtonProps={{ 'aria-label': 'Close the menu' }}
      >
        <Navigation />
      </Drawer>
      <main id="content" ref={content} className={classes['content']} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

function Brand() {
  return (
    <Link to="/" className={classes['brand']}>
      <img src={icon} alt="" width={24} height={24} />
      <span>Jackfield</span>
    </Link>
  );
}
