// Whether a quantity grows: a straight line through what was measured, by least squares. Knows nothing of what it is.

/** `points`: pairs of x and y, three at least. The slope, its standard error, and the y that the line begins and ends with. */
export function trendOf (points) {
  const n = points.length
  const [meanX, meanY] = [0, 1].map(i => points.reduce((sum, point) => sum + point[i], 0) / n)
  const sxx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const sxy = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const slope = sxy / sxx
  const at = x => meanY + slope * (x - meanX)
  const residuals = points.reduce((sum, [x, y]) => sum + (y - at(x)) ** 2, 0)
  return { slope, error: Math.sqrt(residuals / (n - 2) / sxx), first: at(points[0][0]), last: at(points[n - 1][0]) }
}
