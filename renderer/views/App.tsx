// Owns the frame of the window: the three columns and what lies over them; or the lock screen in their place.
import { useEffect } from 'react';
import { closeDrawers } from '../panels.js';
import { useShortcuts } from '../shortcuts.js';
import { useApp, useView } from '../store.js';
import { useTheme } from '../theme.js';
import { useTouch } from '../vault.js';
import { AddModelDialog } from './AddModelDialog.js';
import { Announcer } from './Announcer.js';
import { BackupDialog } from './BackupDialog.js';
import { Composer } from './Composer.js';
import { DocumentsRoom } from './documents/DocumentsRoom.js';
import { GroundingAnnouncer } from './documents/GroundingAnnouncer.js';
import { TalkDrop } from './documents/TalkDrop.js';
import { Viewer } from './documents/Viewer.js';
import { EngineNotice } from './EngineNotice.js';
import { EraseDialog } from './EraseDialog.js';
import { ExportDialog } from './ExportDialog.js';
import { Header } from './Header.js';
import { Instrument } from './Instrument.js';
import { LinkDialog } from './LinkDialog.js';
import { LockScreen } from './LockScreen.js';
import { ModelDialog } from './ModelDialog.js';
import { SearchDialog } from './SearchDialog.js';
import { SettingsDialog } from './SettingsDialog.js';
import { PrivacyDialog } from './PrivacyDialog.js';
import { ShortcutsDialog } from './ShortcutsDialog.js';
import { Sidebar } from './Sidebar.js';
import { TemporaryNotice } from './TemporaryNotice.js';
import { Toasts } from './Toasts.js';
import { Transcript } from './Transcript.js';

export function App() {
  useTheme();
  const locked = useApp(({ vault }) => vault?.locked);
  const connecting = useApp(({ link }) => link === 'connecting');
  // Neither the frame nor the lock screen before it is known which: one would flash.
  if (locked === undefined && connecting) return null;
  return locked ? <LockScreen /> : <Frame />;
}

function Frame() {
  useShortcuts();
  useTouch();
  const settings = useApp((state) => state.settings);
  const link = useApp((state) => state.link);
  const title = useApp(({ open }) => open?.conversation.title);
  const temporary = useApp(({ open }) => open?.conversation.temporary === true);
  const { sidebarDrawer, instrumentDrawer, room } = useView();

  useEffect(() => {
    const named = room === 'documents' ? 'Documents' : title;
    document.title = named ? `${named} · Plumb` : 'Plumb';
  }, [title, room]);

  return (
    <div
      className="app"
      data-sidebar={settings.sidebarOpen ? 'open' : 'folded'}
      data-instrument={settings.instrumentOpen ? 'open' : 'folded'}
      data-sidebar-drawer={sidebarDrawer ? 'open' : 'closed'}
      data-instrument-drawer={instrumentDrawer ? 'open' : 'closed'}
      data-link={link}
      data-temporary={(temporary && room === 'talk') || undefined}
      data-room={room}
    >
      <Sidebar />
      {room === 'documents' ? (
        <DocumentsRoom />
      ) : (
        <>
          <main className="talk">
            <TalkDrop>
              <Header />
              <TemporaryNotice />
              <Transcript />
              <div className="dock">
                <EngineNotice />
                <Composer />
              </div>
            </TalkDrop>
          </main>
          <Instrument />
        </>
      )}
      <div className="scrim" onClick={closeDrawers} aria-hidden />
      <SearchDialog />
      <SettingsDialog />
      <PrivacyDialog />
      <ShortcutsDialog />
      <AddModelDialog />
      <LinkDialog />
      <ExportDialog />
      <BackupDialog />
      <EraseDialog />
      <ModelDialog />
      <Viewer />
      <Toasts />
      <Announcer />
      <GroundingAnnouncer />
    </div>
  );
}
