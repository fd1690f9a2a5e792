namespace Vector20.Machine.Platform.Timers;

/// <summary>Dates and times as the real-time clock has them in its registers: BCD or binary, 12 or 24 hours.</summary>
[Manual("MC146818", "Time, Calendar and Alarm Locations", "MC146818 Real-Time Clock")]
internal static class ClockDate
{
    /// <summary>Where the fields are.</summary>
    public const int Seconds = 0, Minutes = 2, Hours = 4, DayOfWeek = 6, Day = 7, Month = 8, Year = 9, Century = 0x32;

    private const byte Pm = 0x80;

    /// <summary>The latest year that can be set: the dates that follow within <see cref="RealTimeClock"/>'s reach exist.</summary>
    private const int LatestYear = 4000;

    /// <summary>Writes a time into the registers.</summary>
    public static void Store(Span<byte> registers, DateTime time, bool binary, bool hours24)
    {
        registers[Seconds] = Encode(time.Second, binary);
        registers[Minutes] = Encode(time.Minute, binary);
        registers[Hours] = EncodeHours(time.Hour, binary, hours24);
        registers[DayOfWeek] = Encode((int)time.DayOfWeek + 1, binary);
        registers[Day] = Encode(time.Day, binary);
        registers[Month] = Encode(time.Month, binary);
        registers[Year] = Encode(time.Year % 100, binary);
        registers[Century] = Encode(time.Year / 100, binary);
    }

    /// <summary>The time that the registers hold. What is no date is brought to the nearest one.</summary>
    public static DateTime Load(ReadOnlySpan<byte> registers, bool binary, bool hours24)
    {
        int year = Math.Clamp(Decode(registers[Century], binary) * 100 + Decode(registers[Year], binary), 1, LatestYear);
        int month = Math.Clamp(Decode(registers[Month], binary), 1, 12);
        int day = Math.Clamp(Decode(registers[Day], binary), 1, DateTime.DaysInMonth(year, month));
        int hour = Math.Clamp(DecodeHours(registers[Hours], binary, hours24), 0, 23);
        int minute = Math.Clamp(Decode(registers[Minutes], binary), 0, 59), second = Math.Clamp(Decode(registers[Seconds], binary), 0, 59);
        return new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
    }

    /// <summary>Whether the alarm registers (1, 3, 5) match a time. C0H and above match anything.</summary>
    public static bool AlarmMatches(ReadOnlySpan<byte> registers, DateTime time, bool binary, bool hours24) =>
        Matches(registers[Seconds + 1], Encode(time.Second, binary)) && Matches(registers[Minutes + 1], Encode(time.Minute, binary))
        && Matches(registers[Hours + 1], EncodeHours(time.Hour, binary, hours24));

    private static bool Matches(byte alarm, byte value) => alarm >= 0xC0 || alarm == value;

    private static byte Encode(int value, bool binary) => (byte)(binary ? value : value / 10 << 4 | value % 10);

    private static int Decode(byte value, bool binary) => binary ? value : (value >> 4) * 10 + (value & 15);

    private static byte EncodeHours(int hour, bool binary, bool hours24) =>
        hours24 ? Encode(hour, binary) : (byte)(Encode((hour + 11) % 12 + 1, binary) | (hour >= 12 ? Pm : 0));

    private static int DecodeHours(byte value, bool binary, bool hours24) =>
        hours24 ? Decode(value, binary) : Decode((byte)(value & ~Pm), binary) % 12 + ((value & Pm) != 0 ? 12 : 0);
}
