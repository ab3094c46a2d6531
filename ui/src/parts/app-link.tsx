// Mantine's links and buttons, which know the app's paths.
import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type Own<T> = T & Omit<ComponentPropsWithRef<'a'>, keyof T>;

function AppAnchor(props: Own<AnchorProps>) {
  return <Anchor size="sm" {...props} />;
}

function AppButton(props: Own<ButtonProps>) {
  return <Button component="a" {...props} />;
}

export const AppLink = createLink(AppAnchor);
export const LinkButton = createLink(AppButton);
