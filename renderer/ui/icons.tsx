import type React from 'react';
import { cx } from '../lib/cx.ts';
import css from './icons.module.css';

export interface IconProps {
  /** Pixels; 20 is the grid they are drawn on. */
  size?: 16 | 20 | 24 | 32;
}
export type Icon = (props: IconProps) => React.ReactElement;

/** Decoration: the control around it carries the name. */
const icon = (path: string, name: string): Icon => {
  const Drawn: Icon = ({ size = 16 }) => (
    <svg className={cx(css.icon, css[`s${size}`])} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  );
  Object.defineProperty(Drawn, 'name', { value: `${name}Icon` });
  return Drawn;
};

export const HomeIcon = icon('M3.5 9 10 3.5 16.5 9M5 8v8.5h10V8M8.25 16.5v-5h3.5v5', 'Home');
export const MachineIcon = icon('M3 4.5h14v9H3zM7 16.5h6M10 13.5v3', 'Machine');
export const ContainerIcon = icon('M3 6.5h14v8.5H3zM6.5 6.5v8.5M10 6.5v8.5M13.5 6.5v8.5M3 4.5h14', 'Container');
export const ComputerIcon = icon('M3 6h14v8H3zM6 10h.1M9.5 10H14M5.5 14v2M14.5 14v2', 'Computer');
export const DiscIcon = icon(
  'M10 2.75a7.25 7.25 0 1 0 0 14.5 7.25 7.25 0 0 0 0-14.5ZM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z',
  'Disc',
);
export const ActivityIcon = icon('M2.5 10.5h3.25l2.25-6 4 11 2.25-5h3.25', 'Activity');
export const SettingsIcon = icon(
  'M3 5.5h8M15 5.5h2M3 14.5h2M9 14.5h8M13 3.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM7 12.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z',
  'Settings',
);
export const PlayIcon = icon('M6.5 4.25v11.5L15.5 10z', 'Play');
export const StopIcon = icon('M5.5 5.5h9v9h-9z', 'Stop');
export const PauseIcon = icon('M7 4.5v11M13 4.5v11', 'Pause');
export const RestartIcon = icon('M15.9 12.2A6.25 6.25 0 1 1 15.6 7M16 3.5V7h-3.5', 'Restart');
export const PowerIcon = icon('M10 3v6.5M6 5.4a6.25 6.25 0 1 0 8 0', 'Power');
export const TrashIcon = icon('M3.5 5.5h13M8 5.5v-2h4v2M5 5.5l.75 11h8.5l.75-11M8.5 8.75v4.75M11.5 8.75v4.75', 'Trash');
export const PlusIcon = icon('M10 4v12M4 10h12', 'Plus');
export const SearchIcon = icon('M8.75 3.25a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11ZM12.75 12.75 16.75 16.75', 'Search');
export const CloseIcon = icon('m5 5 10 10M15 5 5 15', 'Close');
export const CheckIcon = icon('m4 10.5 4 4 8-9', 'Check');
export const ChevronDownIcon = icon('m5.5 8 4.5 4.5L14.5 8', 'ChevronDown');
export const ChevronRightIcon = icon('m8 5.5 4.5 4.5L8 14.5', 'ChevronRight');
export const ChevronLeftIcon = icon('M12 5.5 7.5 10l4.5 4.5', 'ChevronLeft');
export const ArrowUpIcon = icon('M10 16V4.5M5.5 9 10 4.5 14.5 9', 'ArrowUp');
export const ArrowDownIcon = icon('M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5', 'ArrowDown');
export const ArrowRightIcon = icon('M4 10h11.5M11 5.5l4.5 4.5-4.5 4.5', 'ArrowRight');
export const CopyIcon = icon('M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7', 'Copy');
export const SpeakIcon = icon(
  'M3.5 8v4h3l4 3.5v-11L6.5 8zM13.5 7.5a3.5 3.5 0 0 1 0 5M15.7 5.2a6.8 6.8 0 0 1 0 9.6',
  'Speak',
);
export const TextIcon = icon('M3.5 4.5h13M3.5 8.2h9M3.5 11.8h13M3.5 15.5h7', 'Text');
export const DownloadIcon = icon('M10 3v9.5M6 8.75l4 4 4-4M3.5 16.5h13', 'Download');
export const UploadIcon = icon('M10 12.75V3.25M6 7.25l4-4 4 4M3.5 16.5h13', 'Upload');
export const LinkIcon = icon(
  'M8.5 11.5a3 3 0 0 0 4.25 0l2.5-2.5A3 3 0 0 0 11 4.75l-1 1M11.5 8.5a3 3 0 0 0-4.25 0l-2.5 2.5A3 3 0 0 0 9 15.25l1-1',
  'Link',
);
export const ExternalIcon = icon('M11.5 3.5h5v5M16.25 3.75 9.5 10.5M14 11.5v5H3.5V6h5', 'External');
export const WarningIcon = icon('M10 3.25 17.5 16.5h-15zM10 8.25v4M10 14.4v.1', 'Warning');
export const ErrorIcon = icon(
  'M10 2.75a7.25 7.25 0 1 0 0 14.5 7.25 7.25 0 0 0 0-14.5ZM10 6.25v4.75M10 13.6v.1',
  'Error',
);
export const InfoIcon = icon('M10 2.75a7.25 7.25 0 1 0 0 14.5 7.25 7.25 0 0 0 0-14.5ZM10 9v4.75M10 6.3v.1', 'Info');
export const HelpIcon = icon(
  'M10 2.75a7.25 7.25 0 1 0 0 14.5 7.25 7.25 0 0 0 0-14.5ZM7.9 8a2.1 2.1 0 1 1 3.1 1.9c-.7.4-1 .8-1 1.6M10 13.9v.1',
  'Help',
);
export const OkIcon = icon(
  'M10 2.75a7.25 7.25 0 1 0 0 14.5 7.25 7.25 0 0 0 0-14.5ZM6.75 10.25l2.25 2.25 4.25-4.75',
  'Ok',
);
export const MoreIcon = icon(
  'M4.5 10a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M9.5 10a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M14.5 10a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0',
  'More',
);
export const TerminalIcon = icon('M2.75 4h14.5v12H2.75zM5.75 7.5 8.5 10l-2.75 2.5M10.5 12.75h3.5', 'Terminal');
export const ScreenIcon = icon('M2.75 4h14.5v9.5H2.75zM6.5 16.5h7', 'Screen');
export const CpuIcon = icon(
  'M5.5 5.5h9v9h-9zM8.25 8.25h3.5v3.5h-3.5zM8 5.5V3M12 5.5V3M8 17v-2.5M12 17v-2.5M5.5 8H3M5.5 12H3M17 8h-2.5M17 12h-2.5',
  'Cpu',
);
export const MemoryIcon = icon('M2.75 6h14.5v8H2.75zM6 9v2.5M10 9v2.5M14 9v2.5M5 14v2M10 14v2M15 14v2', 'Memory');
export const DiskIcon = icon('M3 11.5 5 4h10l2 7.5M3 11.5h14V16H3zM13.75 13.75h.01', 'Disk');
export const NetworkIcon = icon(
  'M7.5 3h5v4.5h-5zM2.5 12.5h5V17h-5zM12.5 12.5h5V17h-5zM10 7.5V10M5 12.5V10h10v2.5',
  'Network',
);
export const KeyIcon = icon(
  'M6.75 9.75a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM9.25 10.75 16.5 3.5M13.25 6.75l2.5 2.5',
  'Key',
);
export const UserIcon = icon(
  'M10 3a3.25 3.25 0 1 0 0 6.5A3.25 3.25 0 0 0 10 3ZM3.75 16.75c.5-3.25 3-5 6.25-5s5.75 1.75 6.25 5',
  'User',
);
export const ClockIcon = icon('M10 2.75a7.25 7.25 0 1 0 0 14.5 7.25 7.25 0 0 0 0-14.5ZM10 6v4.25l2.75 1.75', 'Clock');
export const FlameIcon = icon(
  'M10.25 2.75c.5 3-3.75 5-3.75 9a4.25 4.25 0 0 0 8.5.25c0-2-1-3.25-1.75-4.25-.25 1-.75 1.75-1.5 2 .5-2.5 0-5.25-1.5-7Z',
  'Flame',
);
export const EditIcon = icon('M12.75 4.25l3 3L7.5 15.5l-3.75.75.75-3.75z', 'Edit');
export const FilterIcon = icon('M3 5h14M5.75 10h8.5M8.5 15h3', 'Filter');
export const RefreshIcon = icon('M15.9 12.2A6.25 6.25 0 1 1 15.6 7M16 3.5V7h-3.5', 'Refresh');
export const FullscreenIcon = icon('M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4', 'Fullscreen');
export const CameraIcon = icon(
  'M2.75 6h3.5l1.25-2h5l1.25 2h3.5v10H2.75zM10 8.25a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z',
  'Camera',
);
export const KeyboardIcon = icon(
  'M2.5 5.5h15v9h-15zM5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M7 11.75h6',
  'Keyboard',
);
export const UsbIcon = icon(
  'M7 10V3h6v7M5 10h10v3.5a3.5 3.5 0 0 1-3.5 3.5h-3A3.5 3.5 0 0 1 5 13.5zM9 5.5v1.5M11 5.5v1.5',
  'Usb',
);
export const BoxIcon = icon('M3 6.5 10 3l7 3.5v7L10 17l-7-3.5zM3 6.5 10 10l7-3.5M10 10v7', 'Box');
export const SunIcon = icon(
  'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.35 4.35l1.05 1.05M14.6 14.6l1.05 1.05M4.35 15.65l1.05-1.05M14.6 5.4l1.05-1.05',
  'Sun',
);
export const MoonIcon = icon('M16.5 11.75A6.75 6.75 0 0 1 8.25 3.5a6.75 6.75 0 1 0 8.25 8.25Z', 'Moon');
export const ScaleIcon = icon('M3.5 3.5h13v13h-13zM11 6.5h2.5V9M9 13.5H6.5V11', 'Scale');
export const EyeIcon = icon(
  'M2.25 10S5 4.75 10 4.75 17.75 10 17.75 10 15 15.25 10 15.25 2.25 10 2.25 10ZM10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z',
  'Eye',
);
export const EyeOffIcon = icon(
  'M4.5 6.5A13 13 0 0 0 2.25 10S5 15.25 10 15.25c1.2 0 2.3-.3 3.25-.75M7.75 5.1A7 7 0 0 1 10 4.75c5 0 7.75 5.25 7.75 5.25a13 13 0 0 1-2 2.75M3.5 3.5l13 13',
  'EyeOff',
);
export const FolderIcon = icon('M2.75 4.5h5l1.75 2h7.75v9H2.75z', 'Folder');
export const ServerIcon = icon('M3.5 3.75h13v5h-13zM3.5 11.25h13v5h-13zM6.25 6.25h.01M6.25 13.75h.01', 'Server');
export const ClusterIcon = icon(
  'M10 2.75a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM4.75 13a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM15.25 13a2 2 0 1 0 0 4 2 2 0 0 0 0-4ZM9 6.6l-3.3 6.6M11 6.6l3.3 6.6M6.75 15h6.5',
  'Cluster',
);
export const ShieldIcon = icon('M10 2.75 4 5v4.5c0 3.75 2.5 6.5 6 7.75 3.5-1.25 6-4 6-7.75V5z', 'Shield');
export const BeakerIcon = icon(
  'M7.75 3h4.5M8.5 3v4.75L4.4 15a1 1 0 0 0 .9 1.5h9.4a1 1 0 0 0 .9-1.5l-4.1-7.25V3M6.5 12.25h7',
  'Beaker',
);
export const LearnIcon = icon(
  'M2.25 8.25 10 4.5l7.75 3.75L10 12zM5.5 10v4.25c1.25 1 2.75 1.5 4.5 1.5s3.25-.5 4.5-1.5V10M17.75 8.25v5',
  'Learn',
);
export const RecordIcon = icon(
  'M10 2.75a7.25 7.25 0 1 0 0 14.5 7.25 7.25 0 0 0 0-14.5ZM10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5ZM10 9.25a.75.75 0 1 0 0 1.5.75.75 0 0 0 0-1.5Z',
  'Record',
);
export const HintIcon = icon('M7.75 14c0-1.5-2.75-2.75-2.75-6a5 5 0 0 1 10 0c0 3.25-2.75 4.5-2.75 6zM8 17h4', 'Hint');
export const RewindIcon = icon('M9.5 5.25v9.5L3 10zM16.5 5.25v9.5L10 10z', 'Rewind');
export const SkipIcon = icon('M4.5 5.25v9.5L11 10zM13.5 5.25v9.5M11 10', 'Skip');
export const FlagIcon = icon('M5 17V3.5M5 4.25h10l-2.25 3.5L15 11.25H5', 'Flag');
